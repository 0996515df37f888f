"""A code stands for a token once, until it ends, and is nowhere to be found."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from infra.identity.keys import open_keys
from infra.identity.sign_in_codes import SIGN_IN_CODES, CodeRefused, SignInCodes
from infra.identity.vault import SealBroken, Vault
from infra.storage.database import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


class SetClock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(open_keys(tmp_path / "keys"))


@pytest.fixture
def codes(database: Database, vault: Vault, clock: SetClock) -> SignInCodes:
    return SignInCodes(database, vault, clock=clock)


def test_a_code_gives_its_token_once(codes: SignInCodes) -> None:
    one, other = codes.issue("first token", lasts=AN_HOUR), codes.issue("second token", lasts=AN_HOUR)
    assert (codes.redeem(one), codes.redeem(other)) == ("first token", "second token")
    with pytest.raises(CodeRefused):
        codes.redeem(one)


def test_of_many_who_use_a_code_at_once_one_succeeds(codes: SignInCodes) -> None:
    code = codes.issue("token", lasts=AN_HOUR)

    def use(_: int) -> str | None:
        try:
            return codes.redeem(code)
        except CodeRefused:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(filter(None, pool.map(use, range(16)))) == ["token"]


def test_a_code_ends(codes: SignInCodes, clock: SetClock) -> None:
    kept, late = codes.issue("token", lasts=AN_HOUR), codes.issue("token", lasts=AN_HOUR)
    clock.now = NOW + AN_HOUR - timedelta(seconds=1)
    assert codes.redeem(kept) == "token"
    clock.now = NOW + AN_HOUR
    with pytest.raises(CodeRefused):
        codes.redeem(late)


def test_ended_codes_are_thrown_away(codes: SignInCodes, clock: SetClock, database: Database) -> None:
    codes.issue("token", lasts=AN_HOUR)
    clock.now = NOW + AN_HOUR
    codes.issue("token", lasts=AN_HOUR)
    with database.transaction() as connection:
        assert len(connection.execute(select(SIGN_IN_CODES)).all()) == 1


@pytest.mark.parametrize("code", ["", "x", "A" * 22, "\ud800", "0" * 10_000])
def test_a_guess_is_refused(codes: SignInCodes, code: str) -> None:
    codes.issue("token", lasts=AN_HOUR)
    with pytest.raises(CodeRefused):
        codes.redeem(code)


def test_a_copy_of_the_database_holds_neither_code_nor_token(codes: SignInCodes, database: Database) -> None:
    code = codes.issue("a bearer token", lasts=AN_HOUR)
    with database.transaction() as connection:
        (row,) = connection.execute(select(SIGN_IN_CODES)).all()
    assert code not in row.digest
    assert b"a bearer token" not in row.sealed


def test_a_row_moved_to_another_code_signs_nobody_in(codes: SignInCodes, database: Database) -> None:
    """Whoever can write into the database gives nobody the place of somebody else."""
    codes.issue("the operator's token", lasts=AN_HOUR)
    with database.transaction() as connection:
        sealed = connection.execute(select(SIGN_IN_CODES.c.sealed)).scalar_one()
    own = codes.issue("the bidder's token", lasts=AN_HOUR)
    with database.transaction() as connection:
        connection.execute(update(SIGN_IN_CODES).values(sealed=sealed))
    with pytest.raises(SealBroken):
        codes.redeem(own)


def test_a_code_outlives_a_restart(database: Database, tmp_path: Path, codes: SignInCodes) -> None:
    code = codes.issue("token", lasts=AN_HOUR)
    again = SignInCodes(database, Vault(open_keys(tmp_path / "keys")), clock=lambda: NOW)
    assert again.redeem(code) == "token"
