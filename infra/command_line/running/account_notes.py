"""What a server that starts says about accounts: that there is none yet, or that people still use tokens."""

from collections.abc import Iterator

from domain.access import Role
from infra.command_line.times import Times
from infra.identity.tokens import TokenRegister
from infra.installation import Installation
from projections.boards.accounts import accounts


def account_notes(installation: Installation, times: Times) -> Iterator[str]:
    """Waits for the database."""
    with installation.database.read() as connection:
        opened = accounts(connection)
    if not opened:
        yield "no account yet: tender-monitor account add LOGIN --name NAME --role operator"
    people = [
        each
        for each in TokenRegister(installation.database).tokens()
        if each.ended_at is None and each.actor.role is not Role.SOURCE
    ]
    if opened and people:
        last = times.minute(max(each.expires_at for each in people))
        yield f"tokens of people still work: {len(people)}, the last until {last}; tender-monitor token list"
