"""What people write about a clue, as the ledger keeps it: the digest of words that are sealed elsewhere.

The words themselves can be erased with the person whom the clue is about; the digest still shows that they were
not changed.
"""

from typing import Final

_SEALED: Final = "sealed:"


def sealed_words(digest: str) -> str:
    """What stands in the place of words."""
    return _SEALED + digest


def digest_of(reason: str | None) -> str | None:
    """The digest in the place of words; None where there is none: earlier versions kept words in clear."""
    return reason.removeprefix(_SEALED) if reason is not None and reason.startswith(_SEALED) else None
