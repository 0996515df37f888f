"""A database that is away is tried again: ever more slowly, for a while, and nothing else is."""

import itertools
from collections.abc import Callable

import pytest

from streams.cluster.trying_again import while_away


def failing(times: int, error: Exception) -> Callable[[], str]:
    """A function that raises so often, and then answers."""
    tries = itertools.count()

    def answer() -> str:
        if next(tries) < times:
            raise error
        return "recorded"

    return answer


def test_the_pauses_double_up_to_five_seconds_with_a_little_chance() -> None:
    pauses: list[float] = []
    trying = while_away("tried_again", sleep=pauses.append)
    assert trying(failing(10, ConnectionResetError())) == "recorded"
    for pause, doubled in zip(pauses, (0.1, 0.2, 0.4, 0.8, 1.6, 3.2), strict=False):
        assert doubled <= pause <= doubled + 0.1
    assert pauses[6:] == [5.0] * 4
    assert len(pauses) == 10


def test_what_must_come_first_comes_before_each_new_try() -> None:
    did: list[str] = []
    trying = while_away("tried_again", sleep=lambda _: did.append("slept"), first=lambda: did.append("forgot"))
    trying(failing(2, TimeoutError()))
    assert did == ["forgot", "slept"] * 2


def test_the_error_itself_is_raised_once_the_time_is_over() -> None:
    slept: list[float] = []
    with pytest.raises(ConnectionResetError):
        while_away("tried_again", give_up_seconds=0, sleep=slept.append)(failing(1, ConnectionResetError()))
    assert not slept


def test_another_error_is_raised_at_once() -> None:
    slept: list[float] = []
    with pytest.raises(ValueError, match="wrong"):
        while_away("tried_again", sleep=slept.append)(failing(1, ValueError("wrong")))
    assert not slept
