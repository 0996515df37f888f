"""What the two suites of algorithms cost: ``python -m bench.suites``. Microseconds of the processor for each."""

import time
from collections.abc import Callable, Iterator

from domain.access import Actor, Role
from infra.identity.access import LONGEST_FOR_PEOPLE, Access
from infra.identity.keys import Keys
from infra.identity.suites import SUITES as ALGORITHMS
from infra.identity.vault import Vault
from infra.transparency.suite import SUITES

_LEAF = bytes(700)
_CONTENT = bytes(150)
_NOTE = bytes(150)


def microseconds(work: Callable[[], object], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) / times * 1e6


def measured(name: str) -> Iterator[tuple[str, float]]:
    """Of one suite: what is done for each entry, person, commit and request."""
    algorithms, log = ALGORITHMS[name], SUITES[name]
    keys = Keys(vault=bytes(32), pseudonyms=bytes(32), pseudonyms_version=1, tokens=bytes(32), suite=algorithms)
    vault, signing = Vault(keys), log.private_key(bytes(32))
    access = Access(keys.tokens, issuer="here", audience="here", suite=algorithms)
    token = access.issue_token(Actor(Role.AUDITOR, "auditor"), expires=LONGEST_FOR_PEOPLE)
    sealed, signature = vault.seal(_CONTENT, "person"), signing.sign(_NOTE)
    yield "hash of a leaf (700 bytes)", microseconds(lambda: log.leaf_hash(_LEAF), 20_000)
    yield "hash of a node", microseconds(lambda: log.node_hash(bytes(32), bytes(32)), 20_000)
    yield "identity sealed", microseconds(lambda: vault.seal(_CONTENT, "person"), 5_000)
    yield "identity opened", microseconds(lambda: vault.open(sealed, "person"), 5_000)
    yield "pseudonym", microseconds(lambda: vault.pseudonymiser().person_id("rid:v1:110101199003070011"), 5_000)
    yield "checkpoint signed", microseconds(lambda: signing.sign(_NOTE), 1_000)
    yield "checkpoint verified", microseconds(lambda: log.verifies(signing.public, signature, _NOTE), 1_000)
    yield "token authenticated", microseconds(lambda: access.authenticate(token), 1_000)


def main() -> None:
    columns = [dict(measured(name)) for name in SUITES]
    print(f"{'':28}" + "".join(f"{name:>16}" for name in SUITES))
    for what in columns[0]:
        print(f"{what:28}" + "".join(f"{column[what]:16.1f}" for column in columns))


if __name__ == "__main__":
    main()
