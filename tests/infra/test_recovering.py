"""A ledger that ran ahead of the time is left for a backup from before, and what it recorded is recorded again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import NotAllowed
from domain.facts.clock import CLOCK_SUBJECT, LedgerRecovered
from infra.backup.making import make_backup, restore
from infra.rebuilding import Rebuilding
from infra.recovering import Recovered, recover
from infra.settings import Settings
from infra.transparency.audit import Audit
from infra.transparency.reader import LogReader
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import SubjectReader
from tests.builders import RIVAL, a_bid_opening, a_registration, payments
from tests.monitor import START, SUPERVISOR, Clock, Monitor, said

NAMED = {"name": "王小明", "id_number": "11010519491231002X"}
AHEAD = timedelta(days=3 * 365)


@pytest.fixture
def ran_ahead(tmp_path: Path) -> Iterator[tuple[Monitor, Monitor]]:
    """The ledger that ran ahead, and the backup from before, put back; the first facts are in both."""
    left = Monitor(Settings(data=tmp_path / "left"))
    left.send(said(a_registration(), "registered"))
    make_backup(left.settings, tmp_path / "backup", with_keys=True)
    left.clock.pass_by(days=AHEAD.days)
    left.send(said(a_bid_opening(), "opening"), *(said(each, f"paid {each.month}") for each in payments(RIVAL)))
    named = said(a_registration(), "named")
    left.send({**named, "data": {**named["data"], "person": NAMED}})
    place = Settings(data=tmp_path / "place")
    restore(place, tmp_path / "backup", keys=None)
    again = Monitor(place, Clock(START + timedelta(hours=1)))
    yield left, again
    left.close()
    again.close()


def recovered(ran_ahead: tuple[Monitor, Monitor]) -> Recovered:
    left, again = ran_ahead
    found = recover(again.installation, left.installation, by="wang", reason="the clock stood in 2028")
    again.reopen()
    return found


def times(monitor: Monitor) -> set[str]:
    return {fact["recordedat"][:4] for fact in monitor.facts()}


def test_what_was_recorded_ahead_is_recorded_again_by_the_right_time(ran_ahead: tuple[Monitor, Monitor]) -> None:
    left, again = ran_ahead
    found = recovered(ran_ahead)
    assert (found.decisions, found.reached.year) == (0, 2028)
    assert times(left) == {"2025", "2028"}
    assert times(again) == {"2025"}
    ours = {(fact["source"], fact["id"]) for fact in again.facts() if fact["type"].find("ledger-recovered") < 0}
    assert ours == {(fact["source"], fact["id"]) for fact in left.facts()}
    assert again.open_clues() == left.open_clues()
    person = again.installation.vault.pseudonymiser().person_id(f"rid:v1:{NAMED['id_number']}")
    with again.read() as connection:
        assert again.installation.vault.masked(connection, person).startswith("王＊")


def test_the_log_says_what_was_left_and_both_logs_are_whole(ran_ahead: tuple[Monitor, Monitor]) -> None:
    left, again = ran_ahead
    recovered(ran_ahead)
    with again.read() as connection:
        (fact,) = SubjectFacts(SubjectReader(), again.installation.recorder).of(connection, CLOCK_SUBJECT)
        assert isinstance(fact.data, LedgerRecovered)
        Audit(connection, again.installation.log_identity.verifier()).run()
    with left.read() as connection:
        log = LogReader(connection)
        assert (fact.data.left_entries, fact.data.left_root) == (log.size, log.root(log.size).hex())
        Audit(connection, left.installation.log_identity.verifier()).run()
    assert Rebuilding(again.installation).rebuild() == len(again.ledger())


def test_a_recovery_that_was_interrupted_goes_on(ran_ahead: tuple[Monitor, Monitor]) -> None:
    _, again = ran_ahead
    recovered(ran_ahead)
    before = again.ledger()
    assert recovered(ran_ahead).facts == 0
    assert again.ledger() == before


def test_another_ledger_is_not_taken_over(ran_ahead: tuple[Monitor, Monitor], tmp_path: Path) -> None:
    _, again = ran_ahead
    again.send(said(a_registration(), "of our own"))
    stranger = Monitor(Settings(data=tmp_path / "stranger"))
    stranger.send(said(a_bid_opening(), "another"))
    with pytest.raises(NotAllowed, match="put back a backup"):
        recover(again.installation, stranger.installation, by="wang", reason="mistaken")
    stranger.close()


def test_decisions_since_the_backup_are_counted(ran_ahead: tuple[Monitor, Monitor]) -> None:
    left, _ = ran_ahead
    left.decide(next(row.clue_id for row in left.clues().values()), "acknowledge", actor=SUPERVISOR)
    assert recovered(ran_ahead).decisions == 1
