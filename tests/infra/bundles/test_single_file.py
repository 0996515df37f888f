"""The single-file verifier is a program of its own: it must come to the same on the published vectors."""

import base64
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.transparency import jcs
from tests.infra.transparency.test_jcs import values
from tests.infra.transparency.vectors import VECTORS

FILE = Path(__file__).parents[3] / "docs" / "verifier" / "verify_bundle.py"
PROBES = sorted((VECTORS / "merkle" / "inclusion").rglob("*.json"))


def loaded() -> Any:
    spec = spec_from_file_location("verify_bundle", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


alone = loaded()


@pytest.mark.skipif(not PROBES, reason="the shared vectors are not here")
def test_every_inclusion_probe_has_the_wanted_result() -> None:
    for file in PROBES:
        probe = json.loads(file.read_text(encoding="utf-8"))
        proof = [base64.b64decode(each) for each in probe["proof"] or []]
        leaf, root = base64.b64decode(probe["leafHash"] or ""), base64.b64decode(probe["root"] or "")
        try:
            right = alone.root_of(probe["leafIdx"], probe["treeSize"], leaf, proof) == root
        except alone.Wrong:
            right = False
        # A leaf hash of another length cannot come up: the verifier computes every one itself.
        assert right == (not probe["wantErr"]) or len(leaf) != 32, file


@pytest.mark.skipif(not PROBES, reason="the shared vectors are not here")
def test_the_checkpoints_of_a_foreign_log_verify() -> None:
    key = alone.Key((VECTORS / "tessera-log" / "vkey.txt").read_text(encoding="utf-8"))
    for size in range(16):
        note = (VECTORS / "tessera-log" / "log" / f"checkpoint.{size}").read_text(encoding="utf-8")
        text, signed = alone.signers(note, [key])
        assert signed == [key]
        assert text.split("\n")[1] == str(size)


special = st.just({"é": [1e21, 1e-7, 0.1, -0.0, "\x7f\u2028", {"\U0001f600": None, "\ufb33": 1}]})


@given(values | special)
def test_both_write_the_same_canonical_json(value: object) -> None:
    assert alone.canonical(json.loads(json.dumps(value))).encode() == jcs.canonical(value)
