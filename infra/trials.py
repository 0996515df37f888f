"""A rule tried out on what an installation has recorded; nothing live is written."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import extract_tb
from types import ModuleType
from typing import Final

from sqlalchemy import Connection

from domain.approval import ApprovalCase
from domain.approval.department import DepartmentMonth
from domain.errors import MonitorError
from domain.evidence import AppointmentCase, StaffCase
from domain.evidence.lot import InsuredLeadCase, LotCase, UnidentifiedLeadCase
from domain.evidence.payer import PayerCase
from domain.evidence.site import MovementsCase, SiteCase
from domain.evidence.won import WonCase
from domain.indicators import INDICATED
from domain.rule import Rule, drafting
from domain.trial import Trial
from infra.installation import Installation
from infra.storage.database import open_scratch
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging import CaseKind, case_kinds
from projections.judging.in_memory import IndexInMemory, LiveClosings, LiveLedger
from projections.questions.calibrated_indicators import calibrate_indicator
from projections.questions.calibration import Calibration, Counting, calibrate

_DOCKETS: Final[Mapping[type, str]] = {
    AppointmentCase: "appointments",
    StaffCase: "appointments",
    WonCase: "won_lots",
    LotCase: "lots",
    InsuredLeadCase: "lots",
    UnidentifiedLeadCase: "lots",
    PayerCase: "payers",
    SiteCase: "sites",
    MovementsCase: "sites",
    ApprovalCase: "approvals",
    DepartmentMonth: "departments",
}
"""Which case kind puts together which kind of case."""


class NoSuchCases(MonitorError):
    """No case kind puts together the cases a rule is about."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(f"{rule.code} is about a {rule.case_type.__name__}, which is not judged as facts come in")
        self.rule = rule


class UnusableDraft(MonitorError):
    """The file of a draft does not hold one rule; the text says why."""


def try_out(installation: Installation, live: Connection, trial: Trial) -> Calibration:
    """The trial on everything ``live`` sees; raises NoSuchCases."""
    if trial.tried.case_type in INDICATED:
        return calibrate_indicator(live, installation.evidence(), trial, installation.settings.policy.default)
    counting, now = Counting(trial.code_tried), installation.clock()
    for shard in installation.shards:
        with installation.entered(live, shard):
            _judge(installation, live, trial, counting, now, partial(_judged_in, installation, shard))
    return counting.result(trial.cases)


def _judge(
    installation: Installation,
    live: Connection,
    trial: Trial,
    counting: Counting,
    now: datetime,
    mine: Callable[[str], bool],
) -> None:
    """The cases of the shard ``live`` sees, in a database beside it."""
    index = IndexInMemory(live)
    facts = SubjectFacts(index, LiveLedger(installation.recorder, live))
    case_kind = _case_kind(trial.tried, case_kinds(facts, installation.settings.policy, LiveClosings(facts, live)))
    with (
        TemporaryDirectory(prefix="trial-") as folder,
        closing(open_scratch(Path(folder) / "trial.db")) as database,
        database.transaction() as scratch,
    ):
        calibrate(counting, trial, case_kind, scratch, index.everything(), now, mine)


def _judged_in(installation: Installation, shard: int | None, subject: str) -> bool:
    """A shard may know more than it judges."""
    return installation.routing.mine(subject) if shard is None else installation.home(subject) == shard


def read_draft(file: Path) -> Rule:
    """The one rule a Python file registers; it is run. Raises :class:`UnusableDraft`."""
    draft = ModuleType(f"draft_of_{file.stem}")
    # An import would store bytecode beside the file, and run it in place of a text written within the same second.
    try:
        code = compile(file.read_bytes(), file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise UnusableDraft(f"{file} is not Python: {error}") from error
    with drafting() as drafts:
        try:
            exec(code, draft.__dict__)  # noqa: S102 - running the draft is what was asked for
        except Exception as error:
            lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(file)]
            raise UnusableDraft(f"{file} fails in line {lines[-1]}: {type(error).__name__}: {error}") from error
    if len(drafts) != 1:
        raise UnusableDraft(f"{file} registers {len(drafts)} rules, not one")
    return drafts[0]


def _case_kind(rule: Rule, known: tuple[CaseKind, ...]) -> CaseKind:
    name = _DOCKETS.get(rule.case_type)
    for case_kind in known:
        if case_kind.name == name:
            return case_kind
    raise NoSuchCases(rule)
