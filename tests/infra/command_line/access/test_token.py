"""``token``: prints a token and nothing else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.access import Actor, Role
from infra.command_line.local_user import open_access
from infra.identity.access import Access
from infra.identity.refused_tokens import NotAuthenticated
from infra.settings import Settings
from tests.infra.command_line.conftest import Run


def access_in(data: Path) -> Access:
    return open_access(Settings(data=data))


def test_the_token_is_accepted_as_the_party_it_was_made_for(run: Run, tmp_path: Path) -> None:
    result = run("token", "--role", "supervisor", "--jurisdiction", "4401", "--name", "住建局", "--data", tmp_path)
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""
    actor = access_in(tmp_path).authenticate(result.stdout.strip())
    assert actor == Actor(Role.SUPERVISOR, "住建局", jurisdiction="4401")


def test_the_keys_are_readable_by_their_owner_alone(run: Run, tmp_path: Path) -> None:
    run("token", "--role", "operator", "--data", tmp_path / "data")
    keys = list((tmp_path / "data" / "keys").iterdir())
    assert keys
    assert all(key.stat().st_mode & 0o077 == 0 for key in keys)


@pytest.mark.parametrize(
    "options",
    [
        ("--role", "supervisor"),
        ("--role", "source"),
        ("--role", "bidder"),
        ("--role", "bidder", "--uscc", "91440101MA5000001X"),
        ("--role", "emperor"),
        ("--role", "operator", "--expires", "soon"),
    ],
)
def test_a_party_that_could_not_use_its_token_gets_none(run: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    result = run("token", *options, "--data", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_token_ends_when_it_was_told_to(run: Run, tmp_path: Path) -> None:
    token = run("token", "--role", "operator", "--expires", "12h", "--data", tmp_path).stdout.strip()
    settings = Settings(data=tmp_path)
    open_access(settings).authenticate(token)
    keys = (tmp_path / "keys" / "tokens.key").read_bytes()
    later = Access(
        keys,
        issuer=settings.access.issuer,
        audience=settings.access.audience,
        clock=lambda: datetime.now(UTC) + timedelta(hours=13),
    )
    with pytest.raises(NotAuthenticated):
        later.authenticate(token)


def test_a_token_is_listed_by_its_id_and_revoked_by_it(run: Run, tmp_path: Path) -> None:
    run("token", "--role", "auditor", "--name", "审计", "--data", tmp_path)
    run("token", "--role", "source", "--source", "urn:feed", "--data", tmp_path, "--expires", "400d")
    listed = json.loads(run("token", "list", "--data", tmp_path, "--json").stdout)
    assert [(each["role"], each["name"], each["bounds"]) for each in listed] == [
        ("auditor", "审计", None),
        ("source", "source", "urn:feed"),
    ]
    assert run("token", "revoke", listed[0]["id"], "--data", tmp_path).stdout == "revoked\n"
    again = json.loads(run("token", "list", "--data", tmp_path, "--json").stdout)
    assert [each["ended_at"] is not None for each in again] == [True, False]
    assert run("token", "revoke", "0123456789abcdef", "--data", tmp_path).exit_code == 1


def test_a_token_for_a_person_lives_no_longer_than_90_days(run: Run, tmp_path: Path) -> None:
    result = run("token", "--role", "auditor", "--expires", "91d", "--data", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "90 days" in result.stderr
