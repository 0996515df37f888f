"""``replay``: how the findings about a person, a lot or an approval case came about, step by step."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final

import click

from domain.errors import NotFound
from domain.evidence.recorded import KnownBy
from domain.facts.attendance import AttendanceRecorded
from domain.purposes import Purpose
from domain.rule import Finding
from infra.command_line.evidence import Evidence, evidence, now
from infra.command_line.options import Common, purpose_option, telling_options
from infra.command_line.output import print_json
from infra.command_line.reading_record import record_reading
from infra.command_line.times import Times
from infra.documents.plain import document
from projections.questions.replay import Step
from projections.questions.replayed import case_replay, lot_replay, person_replay

_PEOPLE: Final = "person:"
_LOTS: Final = "lot:"
_CASES: Final = "case:"
_REPLAYS: Final = {_PEOPLE: person_replay, _LOTS: lot_replay, _CASES: case_replay}

_CHECK_IN: Final = AttendanceRecorded.type_name()


@click.command()
@click.argument("subject")
@click.option("--known-by", type=click.Choice(["ours", "source"]), default="ours", show_default=True,
              help="In the order of our record, or of the sources' own.")  # fmt: skip
@purpose_option
@telling_options
def replay(common: Common, subject: str, known_by: KnownBy, purpose: Purpose) -> None:
    """Replay the history of SUBJECT: person:ID, lot:TENDER_ID/LOT_ID or case:ID.

    Each fact in the order it was recorded, also of one file, and, after it, what was found on what
    was known then, about bids and on sites. Check-ins, and in the replay of a lot the facts about
    its leads, are told where they changed that; earlier readings are left out. What changed when a
    date had come is a step without a fact; what changed by facts about others shows in the next
    step, at the latest in one of this moment.
    """
    if not subject.startswith(tuple(_REPLAYS)):
        raise click.UsageError("a subject is person:ID, lot:TENDER_ID/LOT_ID or case:ID")
    settings = common.settings()
    with evidence(settings) as read:
        steps = tuple(_steps(read, subject, known_by))
    if not steps:
        raise NotFound(subject)
    if subject.startswith(_PEOPLE):
        asyncio.run(record_reading(settings, subject.removeprefix(_PEOPLE), purpose))
    if common.as_json:
        print_json([document(step) for step in steps])
    else:
        _print(steps, common.times(settings))


def _steps(read: Evidence, subject: str, known_by: KnownBy) -> Iterator[Step]:
    kind = next(prefix for prefix in _REPLAYS if subject.startswith(prefix))
    about = subject if kind == _LOTS else subject.removeprefix(kind)
    policies = read.installation.settings.policy
    return _REPLAYS[kind](read.connection, read.as_of, policies, about, known_by=known_by, until=now(None))


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
