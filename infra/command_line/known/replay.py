"""``replay``: how the findings about a person, a lot or an approval case came about, step by step."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import click

from domain.approval import approval_case
from domain.errors import NotFound
from domain.evidence import RELEVANT_KINDS, AppointmentCase, due_dates
from domain.evidence.recorded import Knowledge
from domain.evidence.site_history import SITE_KINDS
from domain.facts.access import DossierRead
from domain.facts.attendance import AttendanceRecorded
from domain.facts.bidding import BidOpened
from domain.rule import Case, Finding, judge
from infra.command_line.evidence import Evidence, evidence, now
from infra.command_line.options import Common, telling_options
from infra.command_line.output import print_json
from infra.command_line.reading_record import record_reading
from infra.command_line.times import Times
from infra.documents.plain import document
from projections.questions.approval_history import KINDS
from projections.questions.replay import Found, Question, Step
from projections.questions.replay import replay as replay_of

_PEOPLE: Final = "person:"
_LOTS: Final = "lot:"
_CASES: Final = "case:"


_CHECK_IN: Final = AttendanceRecorded.type_name()


@click.command()
@click.argument("subject")
@click.option("--reason", default="command line", show_default=True, help="Why; reading of a person is recorded.")
@telling_options
def replay(common: Common, subject: str, reason: str) -> None:
    """Replay the history of SUBJECT: person:ID, lot:TENDER_ID/LOT_ID or case:ID.

    Each fact in the order it was recorded and, after it, what was found on what was known then,
    about bids and on sites. Check-ins are told where they changed that; earlier readings are left
    out. What changed when a date had come is a step without a fact; what changed by facts about
    others shows in the next step, at the latest in one of this moment.
    """
    if not subject.startswith((_PEOPLE, _LOTS, _CASES)):
        raise click.UsageError("a subject is person:ID, lot:TENDER_ID/LOT_ID or case:ID")
    settings = common.settings()
    with evidence(settings) as read:
        steps = tuple(_steps(read, subject))
    if not steps:
        raise NotFound(subject)
    if subject.startswith(_PEOPLE):
        asyncio.run(record_reading(settings, subject.removeprefix(_PEOPLE), reason))
    if common.as_json:
        print_json([document(step) for step in steps])
    else:
        _print(steps, common.times(settings))


def _steps(read: Evidence, subject: str) -> Iterator[Step]:
    if subject.startswith(_PEOPLE):
        recorded = read.as_of.recorded_around(read.connection, subject.removeprefix(_PEOPLE))
    else:
        recorded = read.as_of.recorded(read.connection, subject)
    told = [fact for fact in recorded if not isinstance(fact.fact.data, DossierRead)]
    return replay_of(told, _questions(read, subject), until=now(None))


def _questions(read: Evidence, subject: str) -> tuple[Question, ...]:
    if subject.startswith(_LOTS):
        return (Question(partial(_of_lot, read, subject)),)
    if subject.startswith(_CASES):
        return (Question(partial(_of_case, read, subject)),)
    person_id = subject.removeprefix(_PEOPLE)
    return (
        Question(partial(_of_lead, read, person_id), RELEVANT_KINDS),
        Question(partial(_on_sites, read, person_id), SITE_KINDS),
    )


def _of_lead(read: Evidence, person_id: str, moment: datetime) -> Found:
    return _leads(read.as_of.cases(read.connection, person_id, knowledge=Knowledge(moment), now=moment))


def _on_sites(read: Evidence, person_id: str, moment: datetime) -> Found:
    found = read.as_of.on_sites(read.connection, person_id, knowledge=Knowledge(moment), now=moment)
    due = found.history.next_due
    return Found(_judged(found.cases), (due,) if due else ())


def _of_lot(read: Evidence, lot: str, moment: datetime) -> Found:
    knowledge = Knowledge(moment)
    facts = read.as_of.standing(read.connection, lot, knowledge=knowledge)
    openings = [fact.data for fact in facts if isinstance(fact.data, BidOpened)]
    people = {bid.lead.person.person_id for opening in openings for bid in opening.bids}
    leads = _leads(read.as_of.cases_of_lot(read.connection, lot, people, knowledge=knowledge, now=moment))
    beside_each_other = read.as_of.lot_cases(read.connection, lot, knowledge=knowledge)
    return Found((*_judged(beside_each_other), *leads.findings), leads.due)


def _of_case(read: Evidence, subject: str, moment: datetime) -> Found:
    facts = read.as_of.standing(read.connection, subject, knowledge=Knowledge(moment), kinds=KINDS)
    policies = read.installation.settings.policy
    case = approval_case(subject.removeprefix(_CASES), facts, policies=policies, now=moment)
    return Found(judge(case), tuple(case.moments)) if case else Found()


def _leads(cases: Sequence[AppointmentCase]) -> Found:
    due = (moment for case in cases for moment in due_dates(case.appointment, case.policy))
    return Found(_judged(cases), tuple(due))


def _judged(cases: Iterable[Case]) -> tuple[Finding, ...]:
    return tuple(finding for case in cases for finding in judge(case))


def _print(steps: Iterable[Step], times: Times) -> None:
    """Of the findings, what came and what went with the step."""
    before: dict[tuple[str, str, str], Finding] = {}
    for step in steps:
        for line in _told(step, times):
            click.echo(line)
        after = {(found.rule, found.subject, found.discriminator): found for found in step.findings}
        for key, found in after.items():
            if before.get(key) is None or before[key].explanation != found.explanation:
                click.echo(f"          + {found.rule} {found.outcome} {found.severity}")
                click.echo(f"            {found.explanation.zh}\n            {found.explanation.en}")
        for key, found in before.items():
            if key not in after:
                click.echo(f"          - {found.rule} no longer found")
        before = after


def _told(step: Step, times: Times) -> Iterator[str]:
    """What was recorded; check-ins, which come by the hundred, are counted."""
    recorded = times.second(step.recorded_at)
    refs = [each.fact for each in step.facts]
    check_ins = [ref for ref in refs if ref.type == _CHECK_IN]
    if not refs:
        yield f"{'':>8}  {recorded}  time passed, or facts about others came"
    for ref in refs:
        if ref.type != _CHECK_IN or len(check_ins) == 1:
            yield f"{ref.position:>8}  {recorded}  {ref.type}  {ref.source} # {ref.id}"
    if len(check_ins) > 1:
        first, last = check_ins[0].position, check_ins[-1].position
        yield f"{first:>8}  {recorded}  {_CHECK_IN}  {len(check_ins)} of them, up to position {last}"
