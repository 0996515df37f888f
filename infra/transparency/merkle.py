"""Merkle proofs (RFC 9162 §2.1): which hashes prove what, and strict verification.

A *range* ``(start, end)`` is the part of a tree over the leaves ``start`` to ``end - 1``. A
subtree is a range whose start is a multiple of the least power of two not below its length;
a proof about a whole tree is one about the subtree that begins at leaf 0.
"""

from collections.abc import Sequence

from domain.errors import MonitorError
from infra.transparency.suite import SHA256_ED25519, Suite

Range = tuple[int, int]


class NotProved(MonitorError):
    """The proof does not show what it should show."""


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove leaf ``index`` in a tree of ``size``; the leaf's sibling first."""
    start, end = 0, size
    path: list[Range] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The ranges whose hashes prove that a tree of ``first`` leaves grew into one of ``second``."""
    start, end, whole = 0, second, True
    path: list[Range] = []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    # The old tree itself is known to the verifier; a part of it is not.
    return ([] if whole else [(start, end)]) + path[::-1]


def verify_inclusion(
    index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes, suite: Suite = SHA256_ED25519
) -> None:
    """Leaf ``index`` (from 0) of the tree of ``size`` and ``root`` has ``leaf_hash``; raises NotProved."""
    verify_subtree_inclusion(index, 0, size, leaf_hash, proof, root, suite)


def verify_consistency(
    first: int,
    second: int,
    first_root: bytes,
    second_root: bytes,
    proof: Sequence[bytes],
    suite: Suite = SHA256_ED25519,
) -> None:
    """The tree of ``first`` leaves is the beginning of that of ``second``; raises NotProved.

    Nothing follows from an empty tree: ``first`` is at least 1.
    """
    if first < 1:
        raise NotProved("nothing follows from an empty tree")
    verify_subtree_consistency(0, first, second, first_root, second_root, proof, suite)


def verify_subtree_inclusion(
    index: int,
    start: int,
    end: int,
    leaf_hash: bytes,
    proof: Sequence[bytes],
    root: bytes,
    suite: Suite = SHA256_ED25519,
) -> None:
    """Leaf ``index`` of the log is part of the subtree; raises NotProved."""
    _check_subtree(start, end)
    if not start <= index < end:
        raise NotProved("the leaf lies outside the tree")
    _check_lengths(suite, leaf_hash, root, *proof)
    if root_above(index - start, end - start, leaf_hash, proof, suite) != root:
        raise NotProved("the proof leads to another root")


def root_above(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], suite: Suite = SHA256_ED25519) -> bytes:
    """The root that a leaf and its siblings lead to; raises NotProved where there are too many or too few."""
    node, last, found = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise NotProved("the proof is too long")
        if node & 1 or node == last:
            found = suite.node_hash(sibling, found)
            while not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = suite.node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise NotProved("the proof is too short")
    return found


def verify_subtree_consistency(
    start: int,
    end: int,
    size: int,
    subtree_root: bytes,
    root: bytes,
    proof: Sequence[bytes],
    suite: Suite = SHA256_ED25519,
) -> None:
    """The subtree is part of the tree of ``size`` and ``root``; raises NotProved.

    An empty one is part of every tree.
    """
    if not 0 <= start <= end <= size:
        raise NotProved("the tree cannot shrink")
    if start == end:
        _check_empty(subtree_root, proof, suite)
        return
    _check_subtree(start, end)
    left, node, last = start, end - 1, size - 1
    whole = node == last
    while left != node and (whole or node & 1):
        left, node, last = left >> 1, node >> 1, last >> 1
    if left == node:
        seed, rest = subtree_root, proof
    elif proof:
        seed, rest = proof[0], proof[1:]
    else:
        raise NotProved("the proof is too short")
    _compare(*_climbed(left, node, last, seed, rest, suite), subtree_root, root)


def _climbed(left: int, node: int, last: int, seed: bytes, proof: Sequence[bytes], suite: Suite) -> tuple[bytes, bytes]:
    """The roots of subtree and tree that ``proof`` leads to from ``seed``."""
    if proof:
        _check_lengths(suite, seed, *proof)
    old = new = seed
    for sibling in proof:
        if last == 0:
            raise NotProved("the proof is too long")
        if node & 1 or node == last:
            if left < node:
                old = suite.node_hash(sibling, old)
            new = suite.node_hash(sibling, new)
            while not node & 1:
                left, node, last = left >> 1, node >> 1, last >> 1
        else:
            new = suite.node_hash(new, sibling)
        left, node, last = left >> 1, node >> 1, last >> 1
    if last != 0:
        raise NotProved("the proof is too short")
    return old, new


def _compare(old: bytes, new: bytes, subtree_root: bytes, root: bytes) -> None:
    if old != subtree_root:
        raise NotProved("the proof leads to another root of the smaller tree")
    if new != root:
        raise NotProved("the proof leads to another root of the larger tree")


def _split(length: int) -> int:
    """The largest power of two below ``length``: where a tree of so many leaves is divided."""
    return int(1 << (length - 1).bit_length() - 1)


def _check_subtree(start: int, end: int) -> None:
    length = end - start
    if start < 0 or length <= 0 or start % (1 << (length - 1).bit_length()):
        raise NotProved("there is no such tree")


def _check_empty(root: bytes, proof: Sequence[bytes], suite: Suite) -> None:
    if proof or root != suite.empty_root:
        raise NotProved("this is not the root of an empty tree")


def _check_lengths(suite: Suite, *hashes: bytes) -> None:
    if any(len(each) != suite.digest_size for each in hashes):
        raise NotProved(f"a hash has {suite.digest_size} bytes")
