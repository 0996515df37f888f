"""Passwords with a second factor: checked together, each code once, locked for a while and never for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher

from infra.identity.keys import open_keys
from infra.identity.passwords import (
    LOCKED_FOR,
    MOST_WRONG,
    SECRETS,
    Locked,
    Passwords,
    Proof,
    Refused,
    WeakPassword,
    check_strength,
    new_second_factor,
)
from infra.identity.vault import Vault
from infra.storage.database import Database, open_database

ID, LOGIN, KEY = "a" * 32, "lin", "k" * 64
PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""As real as the usual one, and a thousand times as quick."""


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "ledger.db")
    yield opened
    opened.close()


@pytest.fixture
def secret() -> str:
    return new_second_factor()


@pytest.fixture
def passwords(database: Database, tmp_path: Path, clock: Clock, secret: str) -> Passwords:
    made = Passwords(database, Vault(open_keys(tmp_path / "keys")), b"k" * 32, clock=clock, hasher=QUICK)
    made.set_secrets(ID, PASSWORD, made.offered(ID, secret), code(secret, clock), login=LOGIN)
    clock.now += timedelta(seconds=30)
    return made


def code(secret: str, clock: Clock) -> str:
    return pyotp.TOTP(secret).at(clock.now)


def wrong(passwords: Passwords, times: int, device: str | None = None) -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            passwords.check(ID, KEY, Proof("not it at all", "000000", device))


def test_password_and_code_together_let_in_and_a_code_works_once(
    passwords: Passwords, clock: Clock, secret: str
) -> None:
    proof = Proof(PASSWORD, code(secret, clock))
    passwords.check(ID, KEY, proof)
    with pytest.raises(Refused):
        passwords.check(ID, KEY, proof)
    clock.now += timedelta(seconds=30)
    passwords.check(ID, KEY, Proof(PASSWORD, code(secret, clock)))


@pytest.mark.parametrize("late", [-30, 0, 30])
def test_a_clock_may_be_half_a_minute_wrong(passwords: Passwords, clock: Clock, secret: str, late: int) -> None:
    clock.now += timedelta(minutes=5)
    typed = pyotp.TOTP(secret).at(clock.now + timedelta(seconds=late))
    passwords.check(ID, KEY, Proof(PASSWORD, typed))


def test_neither_the_password_nor_the_code_alone_lets_in(passwords: Passwords, clock: Clock, secret: str) -> None:
    for proof in (Proof(PASSWORD, "000000"), Proof("wrong password", code(secret, clock)), Proof(PASSWORD, "")):
        with pytest.raises(Refused):
            passwords.check(ID, KEY, proof)


def test_five_wrong_tries_lock_for_a_quarter_of_an_hour_and_no_longer(
    passwords: Passwords, clock: Clock, secret: str
) -> None:
    wrong(passwords, MOST_WRONG)
    for minutes in (0, 10):
        clock.now += timedelta(minutes=minutes)
        with pytest.raises(Locked):
            passwords.check(ID, KEY, Proof(PASSWORD, code(secret, clock)))
    clock.now += LOCKED_FOR - timedelta(minutes=10)
    passwords.check(ID, KEY, Proof(PASSWORD, code(secret, clock)))


def test_nobody_locks_a_person_out_of_the_own_browser(passwords: Passwords, clock: Clock, secret: str) -> None:
    own = passwords.device_cookie(KEY)
    wrong(passwords, MOST_WRONG)
    passwords.check(ID, KEY, Proof(PASSWORD, code(secret, clock), own))


def test_a_device_cookie_of_another_login_or_a_made_up_one_counts_as_none(passwords: Passwords) -> None:
    wrong(passwords, MOST_WRONG)
    for device in (passwords.device_cookie("another"), "x" * 32 + "." + "0" * 64, "x"):
        with pytest.raises(Locked):
            passwords.check(ID, KEY, Proof("not it at all", "000000", device))


def test_the_own_browser_is_locked_by_its_own_wrong_tries(passwords: Passwords) -> None:
    own = passwords.device_cookie(KEY)
    wrong(passwords, MOST_WRONG, own)
    with pytest.raises(Locked):
        passwords.check(ID, KEY, Proof("not it at all", "000000", own))
    wrong(passwords, 1)


def test_a_login_name_of_nobody_is_refused_and_locked_like_any_other(passwords: Passwords) -> None:
    for _ in range(MOST_WRONG):
        with pytest.raises(Refused):
            passwords.check(None, "nobody", Proof(PASSWORD, "000000"))
    with pytest.raises(Locked):
        passwords.check(None, "nobody", Proof(PASSWORD, "000000"))


def test_the_database_holds_neither_password_nor_secret(passwords: Passwords, database: Database, secret: str) -> None:
    with database.read() as connection:
        (row,) = connection.execute(SECRETS.select()).all()
    assert row.password.startswith("$argon2id$")
    assert PASSWORD not in str(row)
    assert secret.encode() not in row.second_factor


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaa", "x" * 201, "lin is my name 1"])
def test_a_weak_password_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(weak, LOGIN)


def test_the_form_of_another_account_sets_nothing(passwords: Passwords, clock: Clock, secret: str) -> None:
    offered = passwords.offered("b" * 32, secret)
    with pytest.raises(Refused):
        passwords.set_secrets(ID, PASSWORD, offered, code(secret, clock), login=LOGIN)


def test_what_was_removed_lets_nobody_in(passwords: Passwords, clock: Clock, secret: str) -> None:
    assert passwords.remove(ID)
    assert not passwords.has_secrets(ID)
    with pytest.raises(Refused):
        passwords.check(ID, KEY, Proof(PASSWORD, code(secret, clock)))
