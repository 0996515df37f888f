from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.access import Actor, Role
from domain.errors import NotFound
from infra.identity.access import Access, Proven, TooLong
from infra.identity.refused_tokens import NotAuthenticated
from infra.identity.tokens import TokenRegister, Why
from infra.storage.database import open_database

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
AUDITOR, FEED = Actor(Role.AUDITOR, "审计"), Actor(Role.SOURCE, "feed", source="urn:feed")


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(clock: Clock) -> Access:
    return Access(b"s" * 32, issuer="here", audience="monitor", clock=clock)


@pytest.fixture
def register(tmp_path: Path, clock: Clock) -> Iterator[TokenRegister]:
    database = open_database(tmp_path / "ledger.db")
    yield TokenRegister(database, clock=clock)
    database.close()


def test_a_token_is_listed_until_it_expires(access: Access, register: TokenRegister, clock: Clock) -> None:
    one = access.issue(AUDITOR, expires=timedelta(days=1))
    two = access.issue(FEED, expires=timedelta(days=400))
    register.add(one)
    register.add(two)
    assert {(each.id, each.actor, each.expires_at) for each in register.tokens()} == {
        (one.id, AUDITOR, NOW + timedelta(days=1)),
        (two.id, FEED, NOW + timedelta(days=400)),
    }
    clock.now += timedelta(days=2)
    assert [each.id for each in register.tokens()] == [two.id]


def test_one_token_is_revoked_and_the_other_is_not(access: Access, register: TokenRegister) -> None:
    one, two = (access.issue(AUDITOR, expires=timedelta(days=1)) for _ in range(2))
    register.add(one)
    register.add(two)
    session = access.open_session(one.token, longest=timedelta(hours=1))
    register.revoke(one.id)
    access.end(register.ended())
    prove: list[tuple[Callable[[str], Proven], str]] = [
        (access.prove, one.token),
        (access.prove_session, session.cookie),
    ]
    for refused, text in prove:
        with pytest.raises(NotAuthenticated) as found:
            refused(text)
        assert found.value.reason == "ended"
    assert access.authenticate(two.token) == AUDITOR
    assert [(each.id, each.ended_at) for each in register.tokens()] in (
        [(one.id, NOW), (two.id, None)],
        [(two.id, None), (one.id, NOW)],
    )


def test_an_id_that_nobody_has_is_not_revoked(register: TokenRegister) -> None:
    with pytest.raises(NotFound):
        register.revoke("0123456789abcdef")


def test_what_was_ended_is_forgotten_once_it_would_have_expired(
    access: Access, register: TokenRegister, clock: Clock
) -> None:
    register.end("session", NOW + timedelta(hours=1), Why.SIGNED_OUT)
    register.end("session", NOW + timedelta(hours=1), Why.SIGNED_OUT)
    assert register.ended() == {"session"}
    clock.now += timedelta(hours=2)
    assert register.ended() == frozenset()


@pytest.mark.parametrize(("actor", "days"), [(AUDITOR, 90), (FEED, 400)])
def test_a_token_lives_only_so_long(access: Access, actor: Actor, days: int) -> None:
    access.issue(actor, expires=timedelta(days=days))
    with pytest.raises(TooLong, match=f"{days} days"):
        access.issue(actor, expires=timedelta(days=days, seconds=1))
