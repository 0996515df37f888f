import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.transparency.merkle import (
    NotProved,
    consistency_ranges,
    inclusion_ranges,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from infra.transparency.suite import SHA256_ED25519
from tests.infra.transparency import reference
from tests.infra.transparency.vectors import VECTORS

PROBES = sorted((VECTORS / "merkle").rglob("*.json"))
LEAVES = [reference.leaf(bytes([number])) for number in range(130)]


def hashed(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def holds(kind: str, probe: dict[str, Any]) -> bool:
    proof = [hashed(each) for each in probe["proof"] or []]
    try:
        match kind:
            case "inclusion":
                leaf, root = hashed(probe["leafHash"]), hashed(probe["root"])
                verify_inclusion(probe["leafIdx"], probe["treeSize"], leaf, proof, root)
            case "consistency":
                roots = hashed(probe["root1"]), hashed(probe["root2"])
                verify_consistency(probe["size1"], probe["size2"], *roots, proof)
            case "subtreeinclusion":
                leaf, root = hashed(probe["leafHash"]), hashed(probe["root"])
                verify_subtree_inclusion(probe["leafIdx"], probe["start"], probe["end"], leaf, proof, root)
            case "subtreeconsistency":
                roots = hashed(probe["root1"]), hashed(probe["root2"])
                verify_subtree_consistency(probe["start"], probe["end"], probe["size"], *roots, proof)
            case _:
                pytest.fail(f"no such kind of probe: {kind}")
    except NotProved:
        return False
    return True


@pytest.mark.skipif(not PROBES, reason="the shared vectors are not here")
def test_every_upstream_probe_has_the_wanted_result() -> None:
    told: dict[Path, bool] = {}
    for file in PROBES:
        probe = json.loads(file.read_text(encoding="utf-8"))
        told[file] = holds(file.relative_to(VECTORS / "merkle").parts[0], probe) == (not probe["wantErr"])
    assert len(told) == 518
    assert [file for file, right in told.items() if not right] == []


def test_consistency_proofs_equal_the_reference_for_all_sizes_to_130() -> None:
    roots = [reference.root(LEAVES[:size]) for size in range(131)]
    for second in range(1, 131):
        for first in range(1, second + 1):
            found = [reference.root(LEAVES[start:end]) for start, end in consistency_ranges(first, second)]
            assert found == reference.proof(first, LEAVES[:second])
            verify_consistency(first, second, roots[first], roots[second], found)


def test_inclusion_proofs_equal_the_reference_for_all_sizes_to_130() -> None:
    for size in range(1, 131):
        root = reference.root(LEAVES[:size])
        for index in range(size):
            found = [reference.root(LEAVES[start:end]) for start, end in inclusion_ranges(index, size)]
            assert found == reference.path(index, LEAVES[:size])
            verify_inclusion(index, size, LEAVES[index], found, root)


@given(st.data(), st.integers(1, 130))
def test_a_proof_with_any_bit_changed_or_any_hash_too_many_or_missing_is_refused(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = reference.path(index, LEAVES[:size]), reference.root(LEAVES[:size])
    spoilt = list(proof)
    match data.draw(st.sampled_from(["flip", "add", "drop"] if proof else ["add"])):
        case "flip":
            at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
            number = int.from_bytes(proof[at], "big") ^ (1 << bit)
            spoilt[at] = number.to_bytes(32, "big")
        case "add":
            spoilt.insert(data.draw(st.integers(0, len(proof))), root)
        case "drop":
            del spoilt[data.draw(st.integers(0, len(proof) - 1))]
    with pytest.raises(NotProved):
        verify_inclusion(index, size, LEAVES[index], spoilt, root)


def test_a_hash_of_another_length_is_refused_before_anything_is_hashed() -> None:
    with pytest.raises(NotProved, match="32 bytes"):
        verify_inclusion(0, 2, LEAVES[0], [LEAVES[1] + b"\x00"], reference.root(LEAVES[:2]))


def test_nothing_is_consistent_with_an_empty_tree() -> None:
    with pytest.raises(NotProved):
        verify_consistency(0, 1, SHA256_ED25519.empty_root, LEAVES[0], [])
