"""A key in shares of words, for safekeeping by several people: any few of them give it back (SLIP-39)."""

from collections.abc import Sequence

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from domain.errors import Unusable


class SharesUnusable(Unusable):
    """Too few shares, shares of different keys, or a word that was misread."""


def split(key: bytes, *, shares: int, needed: int) -> list[str]:
    """``shares`` lines of words, of which any ``needed`` give the key back, and fewer say nothing of it."""
    return list(generate_mnemonics(1, [(needed, shares)], key)[0])


def join(shares: Sequence[str]) -> bytes:
    """Raises :class:`SharesUnusable`."""
    try:
        return bytes(combine_mnemonics([" ".join(share.split()) for share in shares]))
    except MnemonicError as error:
        raise SharesUnusable(f"these shares give no key: {error}") from error
