"""``replay``: how the findings about a person, a lot or an approval case came about, step by step."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final

import click

from domain.approval import approval_case
from domain.errors import NotFound
from domain.evidence import RecordedFact
from domain.evidence.recorded import FactRef, Knowledge
from domain.facts.access import DossierRead
from domain.facts.attendance import AttendanceRecorded
from domain.facts.bidding import BidOpened
from domain.rule import Finding, judge
from infra.command_line.dossier import from_server
from infra.command_line.folder import DataFolder
from infra.command_line.node import writing
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.reading import Evidence, evidence, local_reader
from infra.http.documents import document
from infra.settings import Settings
from projections.approval_history import KINDS

Findings = Callable[[datetime], Iterable[Finding]]
"""What was found about a subject on all that was known at a moment."""

_PEOPLE: Final = "person:"
_LOTS: Final = "lot:"
_CASES: Final = "case:"


@dataclass(frozen=True, slots=True)
class StepFact:
    """A fact, with what it says."""

    fact: FactRef
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What was recorded together, and all that was found right after it and would become a clue."""

    recorded_at: datetime
    facts: tuple[StepFact, ...]
    findings: tuple[Finding, ...]


@click.command()
@click.argument("subject")
@click.option("--reason", default="command line", show_default=True, help="Why; reading of a person is recorded.")
@common_options
def replay(common: Common, subject: str, reason: str) -> None:
    """Replay the history of SUBJECT: person:ID, lot:TENDER_ID/LOT_ID or case:ID.

    Each fact in the order it was recorded and, after it, what was found on what was known then.
    Check-ins and earlier readings are left out; what changed by time alone, or by facts about
    others, shows in the next step.
    """
    if not subject.startswith((_PEOPLE, _LOTS, _CASES)):
        raise click.UsageError("a subject is person:ID, lot:TENDER_ID/LOT_ID or case:ID")
    settings = common.settings()
    with evidence(settings) as read:
        steps = tuple(_steps(read, subject))
    if not steps:
        raise NotFound(subject)
    if subject.startswith(_PEOPLE):
        asyncio.run(_record_reading(settings, subject.removeprefix(_PEOPLE), reason))
    if common.as_json:
        print_json([document(step) for step in steps])
    else:
        _print(steps)


def _steps(read: Evidence, subject: str) -> Iterator[Step]:
    found = _findings(read, subject)
    recorded = [
        fact
        for fact in read.as_of.recorded(read.connection, subject)
        if not isinstance(fact.fact.data, AttendanceRecorded | DossierRead)
    ]
    for moment, facts in groupby(recorded, key=lambda fact: fact.recorded_at):
        clues = tuple(finding for finding in found(moment) if finding.outcome.makes_clue)
        yield Step(moment, tuple(map(_fact, facts)), clues)


def _findings(read: Evidence, subject: str) -> Findings:
    if subject.startswith(_PEOPLE):
        return partial(_of_person, read, subject.removeprefix(_PEOPLE))
    return partial(_of_lot if subject.startswith(_LOTS) else _of_case, read, subject)


def _of_person(read: Evidence, person_id: str, moment: datetime) -> Iterator[Finding]:
    cases = read.as_of.cases(read.connection, person_id, knowledge=Knowledge(moment), now=moment)
    return (finding for case in cases for finding in judge(case))


def _of_lot(read: Evidence, lot: str, moment: datetime) -> Iterator[Finding]:
    knowledge = Knowledge(moment)
    facts = read.as_of.standing(read.connection, lot, knowledge=knowledge)
    openings = [fact.data for fact in facts if isinstance(fact.data, BidOpened)]
    people = {bid.lead.person.person_id for opening in openings for bid in opening.bids}
    leads = read.as_of.cases_of_lot(read.connection, lot, people, knowledge=knowledge, now=moment)
    for case in (*read.as_of.lot_cases(read.connection, lot, knowledge=knowledge), *leads):
        yield from judge(case)


def _of_case(read: Evidence, subject: str, moment: datetime) -> Iterable[Finding]:
    facts = read.as_of.standing(read.connection, subject, knowledge=Knowledge(moment), kinds=KINDS)
    policies = read.installation.settings.policy
    case = approval_case(subject.removeprefix(_CASES), facts, policies=policies, now=moment)
    return judge(case) if case else ()


def _fact(fact: RecordedFact) -> StepFact:
    return StepFact(fact.ref, fact.fact.data.model_dump(mode="json", exclude={"person"}, exclude_none=True))


async def _record_reading(settings: Settings, person_id: str, reason: str) -> None:
    """Nobody's history is shown before it is on record who read it."""
    url = DataFolder(settings.data).server()
    if url:
        await from_server(settings, url, person_id, {"reason": reason})
        return
    async with writing(settings) as (_, node):
        await node.record_reading(person_id, local_reader(), reason)


def _print(steps: Iterable[Step]) -> None:
    """Of the findings, what came and what went with the step."""
    before: dict[tuple[str, str, str], Finding] = {}
    for step in steps:
        for each in step.facts:
            ref = each.fact
            click.echo(f"{ref.position:>8}  {step.recorded_at:%Y-%m-%d %H:%M:%S}  {ref.type}  {ref.source} # {ref.id}")
        after = {(found.rule, found.subject, found.discriminator): found for found in step.findings}
        for key, found in after.items():
            if before.get(key) is None or before[key].explanation != found.explanation:
                click.echo(f"          + {found.rule} {found.outcome} {found.severity}")
                click.echo(f"            {found.explanation.zh}\n            {found.explanation.en}")
        for key, found in before.items():
            if key not in after:
                click.echo(f"          - {found.rule} no longer found")
        before = after
