"""A clock that has gone ahead records nothing, until it is set right or somebody confirms it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.recording_clock import CONFIRMED, ClockAhead, LedgerAhead, RecordingClock, confirm

MINUTE = timedelta(minutes=1)


class Machine:
    """A wall clock that anybody may set, and the seconds since it was switched on."""

    def __init__(self) -> None:
        self.wall = datetime.now(UTC)
        self.seconds = 1_000.0

    def pass_by(self, **time: float) -> None:
        passed = timedelta(**time)
        self.wall += passed
        self.seconds += passed.total_seconds()

    def clock(self, folder: Path, *, server: Callable[[], datetime | None] | None = None) -> RecordingClock:
        servers = [("ntp.example", server)] if server else []
        return RecordingClock(folder, wall=lambda: self.wall, elapsed=lambda: self.seconds, servers=servers)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_time_that_passes_is_never_doubted(machine: Machine, tmp_path: Path) -> None:
    clock = machine.clock(tmp_path)
    clock.begin(None)
    for _ in range(50):
        machine.pass_by(days=9)
        assert clock() == machine.wall


def test_a_jump_of_more_than_ten_minutes_is_refused(machine: Machine, tmp_path: Path) -> None:
    clock = machine.clock(tmp_path)
    clock.begin(None)
    machine.wall += 10 * MINUTE
    clock()
    machine.wall += 3 * 366 * timedelta(days=1)
    with pytest.raises(ClockAhead, match="clock confirm"):
        clock()
    assert clock.ahead > timedelta(days=1_000)
    assert clock.refusal is not None


def test_a_clock_that_is_set_right_again_goes_on_by_itself(machine: Machine, tmp_path: Path) -> None:
    clock = machine.clock(tmp_path)
    clock.begin(None)
    machine.wall += timedelta(days=900)
    with pytest.raises(ClockAhead):
        clock()
    machine.wall -= timedelta(days=900)
    assert clock() == machine.wall
    assert clock.refusal is None


def test_a_clock_set_back_does_not_have_its_old_jump_forgiven(machine: Machine, tmp_path: Path) -> None:
    clock = machine.clock(tmp_path)
    clock.begin(None)
    machine.wall -= timedelta(hours=5)
    clock()
    machine.wall += timedelta(hours=5)
    with pytest.raises(ClockAhead):
        clock()


def test_a_confirmed_clock_goes_on_and_has_it_recorded_once(machine: Machine, tmp_path: Path) -> None:
    clock = machine.clock(tmp_path)
    clock.begin(None)
    machine.wall += timedelta(hours=5)
    confirm(tmp_path, by="王 (command line)", reason="主机休眠后由时间服务器校准", now=machine.wall)
    assert clock() == machine.wall
    (said,) = clock.pending()
    assert "主机休眠后由时间服务器校准" in said.states[0].decode()
    clock.committed()
    assert not clock.pending()
    assert not (tmp_path / CONFIRMED).exists()


def test_a_confirmation_does_not_hold_for_a_later_jump(machine: Machine, tmp_path: Path) -> None:
    clock = machine.clock(tmp_path)
    clock.begin(None)
    confirm(tmp_path, by="wang", reason="checked", now=machine.wall)
    machine.wall += timedelta(hours=5)
    with pytest.raises(ClockAhead):
        clock()


def test_a_machine_that_was_off_for_a_month_begins(machine: Machine, tmp_path: Path) -> None:
    machine.clock(tmp_path).begin(machine.wall - timedelta(days=31))


def test_a_clock_years_after_the_last_record_has_to_be_confirmed(machine: Machine, tmp_path: Path) -> None:
    clock, last = machine.clock(tmp_path), machine.wall - timedelta(days=800)
    with pytest.raises(ClockAhead, match="the last record"):
        clock.begin(last)
    confirm(tmp_path, by="wang", reason="checked", now=machine.wall)
    clock.begin(last)


def test_a_clock_ahead_of_the_file_system_does_not_begin(machine: Machine, tmp_path: Path) -> None:
    machine.wall += timedelta(days=1)
    with pytest.raises(ClockAhead, match="the file system"):
        machine.clock(tmp_path).begin(None)
    assert list(tmp_path.iterdir()) == []


def test_a_clock_ahead_of_its_time_server_does_not_begin(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(ClockAhead, match=r"ntp\.example"):
        machine.clock(tmp_path, server=lambda: machine.wall - timedelta(hours=1)).begin(None)
    machine.clock(tmp_path, server=lambda: None).begin(None)


def test_a_time_server_tells_a_machine_that_slept_from_a_clock_that_was_set(machine: Machine, tmp_path: Path) -> None:
    clock = machine.clock(tmp_path, server=lambda: datetime.now(UTC) + timedelta(hours=9))
    clock.begin(None)
    machine.wall += timedelta(hours=9)
    assert clock() == machine.wall
    machine.wall += timedelta(days=9)
    with pytest.raises(ClockAhead):
        clock()


def test_a_ledger_ahead_of_the_clock_is_not_written(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(LedgerAhead, match="clock recover"):
        machine.clock(tmp_path).begin(machine.wall + timedelta(days=900))
