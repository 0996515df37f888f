"""The part of ``doctor`` about the record: does the log cover the ledger, do sources keep their word?"""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select, union

from alerts.endpoints import endpoint_states
from alerts.outgoing import State
from alerts.receipts import counts
from alerts.set_aside import kept
from alerts.undeliverable import count_undeliverable
from domain.divisions import is_known, place_name
from domain.rule import judge
from infra.checks import Check, Mark, judged
from infra.command_line.local_user import local_reader
from infra.command_line.times import Times
from infra.installation import Installation
from infra.transparency.reader import LogReader
from infra.transparency.tables import COSIGNATURES
from projections.boards.approval_board import APPROVALS
from projections.boards.lot_board import LOTS
from projections.boards.sources import cases


def record_checks(connection: Connection, installation: Installation, times: Times) -> Iterator[Check]:
    yield _log(connection, installation)
    yield from _going_out(connection, times)
    yield from _sources(connection, installation)
    yield from _divisions(connection)


def _log(connection: Connection, installation: Installation) -> Check:
    """Only the sizes are compared: ``audit`` walks the whole of it."""
    last, log = installation.recorder.last_position(connection), LogReader(connection, installation.log_suite)
    if log.checkpoint() is None:
        return Check("log", Mark.NOTE, "not begun yet")
    cosigned = connection.execute(select(func.max(COSIGNATURES.c.size))).scalar()
    seen = f"countersigned up to {cosigned:,}" if cosigned else "no witness has countersigned it"
    return judged("log", f"{log.size:,} entries signed; {seen}", right=log.size == last)


def _going_out(connection: Connection, times: Times) -> Iterator[Check]:
    """What waits for somebody to decide about it."""
    aside = kept(connection)
    said = f"{aside:,} messages were set aside: tender-monitor outbox list" if aside else "no message was set aside"
    yield Check("outbox", Mark.NOTE if aside else Mark.OK, said)
    without_code = count_undeliverable(connection)
    said = f"{without_code:,} to parties whose credit code is not known: GET /api/v1/notifications"
    yield Check("notices", Mark.NOTE if without_code else Mark.OK, said if without_code else "none is undeliverable")
    failed = {channel: count for (channel, state), count in counts(connection).items() if state == State.FAILED}
    for channel, count in failed.items():
        said = f"{count:,} letters have failed: tender-monitor notify list --failed"
        yield Check(f"channel {channel}", Mark.NOTE, said)
    for state in endpoint_states(connection):
        if state.disabled_at is not None:
            since = f"wants no more since {times.minute(state.disabled_at)}: tender-monitor webhooks enable"
            yield Check(f"webhook {state.endpoint}", Mark.NOTE, since)


def _divisions(connection: Connection) -> Iterator[Check]:
    """Places of lots and approval cases whose code neither the table nor the settings name."""
    places = (table.c.jurisdiction for table in (LOTS, APPROVALS))
    for (code,) in connection.execute(union(*(select(place).where(place != "") for place in places))):
        if not is_known(code):
            said = f"no division is known by this code: it counts as a part of {place_name(code[:-2])}"
            yield Check(f"division {code}", Mark.NOTE, f"{said}; name it in the settings under [divisions]")


def _sources(connection: Connection, installation: Installation) -> Iterator[Check]:
    """What is wrong with a source is worth knowing, and nothing is wrong with the folder."""
    for case in cases(connection, local_reader(), installation.settings.policy, installation.clock()):
        found = [finding for finding in judge(case) if finding.outcome.makes_clue]
        said = " ".join(f"{finding.rule}: {finding.explanation.en}" for finding in found)
        yield Check(f"source {case.source}", Mark.NOTE if found else Mark.OK, said or "nothing is missing")
