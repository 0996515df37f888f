"""A rule tried out on what an installation has recorded; nothing live is written."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Connection

from domain.approval import ApprovalCase
from domain.approval.department import DepartmentMonth
from domain.errors import MonitorError
from domain.evidence import AppointmentCase
from domain.evidence.lot import InsuredLeadCase, LotCase
from domain.evidence.payer import PayerCase
from domain.evidence.site import MovementsCase, SiteCase
from domain.indicators import INDICATED
from domain.rule import Rule, drafting
from domain.trial import Trial
from infra.database import open_scratch
from infra.installation import Installation
from projections.as_of import AsOf
from projections.beside import IndexBeside, LedgerBeside
from projections.calibrated_indicators import calibrate_indicator
from projections.calibration import Calibration, calibrate
from projections.judging import Docket, dockets
from projections.recorded_facts import SubjectFacts

_DOCKETS: Final[Mapping[type, str]] = {
    AppointmentCase: "appointments",
    LotCase: "lots",
    InsuredLeadCase: "lots",
    PayerCase: "payers",
    SiteCase: "sites",
    MovementsCase: "sites",
    ApprovalCase: "approvals",
    DepartmentMonth: "departments",
}
"""Which docket puts together which kind of case."""


class NoSuchCases(MonitorError):
    """No docket puts together the cases a rule is about."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(f"{rule.code} is about a {rule.case_type.__name__}, which is not judged as facts come in")
        self.rule = rule


class UnusableDraft(MonitorError):
    """The file of a draft does not hold one rule; the text says why."""


def try_out(installation: Installation, live: Connection, trial: Trial) -> Calibration:
    """The trial on everything ``live`` sees; raises NoSuchCases."""
    if trial.tried.case_type in INDICATED:
        policies = installation.settings.policy
        return calibrate_indicator(live, AsOf(installation.recorder, policies), trial, policies.default)
    index = IndexBeside(live)
    facts = SubjectFacts(index, LedgerBeside(installation.recorder, live))
    docket = _docket(trial.tried, dockets(facts, installation.settings.policy))
    with TemporaryDirectory(prefix="trial-") as folder:
        database = open_scratch(Path(folder) / "trial.db")
        try:
            with database.transaction() as scratch:
                return calibrate(
                    trial, docket, scratch, index.everything(), installation.clock(), installation.routing.mine
                )
        finally:
            database.close()


def read_draft(file: Path) -> Rule:
    """The one rule a Python file registers; it is run. Raises :class:`UnusableDraft`."""
    spec = importlib.util.spec_from_file_location(f"draft_of_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise UnusableDraft(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    with drafting() as drafts:
        spec.loader.exec_module(module)
    if len(drafts) != 1:
        raise UnusableDraft(f"{file} registers {len(drafts)} rules, not one")
    return drafts[0]


def _docket(rule: Rule, known: tuple[Docket, ...]) -> Docket:
    name = _DOCKETS.get(rule.case_type)
    for docket in known:
        if docket.name == name:
            return docket
    raise NoSuchCases(rule)
