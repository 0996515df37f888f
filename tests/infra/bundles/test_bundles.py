"""A bundle says what was recorded, and nothing in it can be changed unnoticed."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.errors import NotFound
from infra.bundles.bundle import NotABundle, read_bundle
from infra.bundles.exporting import bundle_of
from infra.bundles.verifying import BundleCheck
from infra.checks import Check, Mark
from infra.transparency.jcs import canonical
from infra.transparency.notes import Signer, parse_note
from tests.builders import RIVAL, a_bid_opening, a_registration, payments
from tests.monitor import Monitor, said, told_complete

VERIFIER = Path(__file__).parents[3] / "docs" / "verifier" / "verify_bundle.py"
WITNESS = Signer("witness.example", b"w" * 32, witness=True)
Document = dict[str, Any]


@pytest.fixture
def clue_id(monitor: Monitor) -> str:
    """A clue that was acknowledged, about a lead whose payer is a rival."""
    monitor.send(*(said(data, f"paid-{data.month}") for data in payments(RIVAL)), said(a_registration(), "registered"))
    monitor.send(said(a_bid_opening(), "opening"))
    (clue,) = (clue for clue in monitor.open_clues() if clue.rule == "E101")
    monitor.decide(clue.clue_id, "acknowledge")
    return clue.clue_id


def exported(monitor: Monitor, wanted: str) -> Document:
    document: Document = json.loads(bundle_of(monitor.installation, wanted).written())
    return document


def checked(monitor: Monitor, document: Document, **given: Any) -> dict[str, Check]:
    key = monitor.installation.log_identity.verifier()
    return {check.check: check for check in BundleCheck(read_bundle(canonical(document)), key, **given).run()}


def verified_alone(folder: Path, content: bytes, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """By the single file, in a process that cannot see this project."""
    file = folder / "some.bundle.json"
    file.write_bytes(content)
    command = [sys.executable, "-I", str(VERIFIER), str(file), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)


def test_a_bundle_of_a_clue_holds_in_every_respect(monitor: Monitor, clue_id: str, tmp_path: Path) -> None:
    document = exported(monitor, clue_id)
    checks = checked(monitor, document)
    assert {name: check.result for name, check in checks.items()} == dict.fromkeys(
        ("checkpoint", "entries", "history", "rules", "findings"), Mark.OK
    )
    key = str(monitor.installation.log_identity.verifier())
    alone = verified_alone(tmp_path, canonical(document), "--key", key)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert [rule["code"] for rule in document["rules"]] == ["E101"]
    assert {fact["position"] for fact in document["findings"][0]["facts"]} <= set(document["facts"])
    (history,) = document["clues"]
    assert len(history["events"]) == 2


def test_a_bundle_can_be_checked_on_another_machine_than_it_was_made_on(
    monitor: Monitor, clue_id: str, tmp_path: Path
) -> None:
    """Also after the monitor has gone on, and after the person was erased there."""
    content = bundle_of(monitor.installation, clue_id).written()
    key = monitor.installation.log_identity.verifier()
    monitor.close()
    assert all(check.result is Mark.OK for check in BundleCheck(read_bundle(content), key).run())
    monitor._open()


def test_a_bundle_holds_pseudonyms_and_no_names(monitor: Monitor) -> None:
    opening = said(a_bid_opening(), "opening")
    person = {"name": "诸葛青云", "id_number": "11010119900307002X"}
    opening["data"]["bids"][0]["lead"]["person"] = person
    told_complete(monitor).send(opening)
    (clue, *_) = monitor.open_clues()
    content = bundle_of(monitor.installation, clue.clue_id).written().decode()
    assert "诸葛" not in content
    assert "11010119900307002" not in content


def test_without_a_key_from_elsewhere_the_reader_is_told_to_compare(
    monitor: Monitor, clue_id: str, tmp_path: Path
) -> None:
    bundle = bundle_of(monitor.installation, clue_id)
    first, *_ = BundleCheck(bundle, None).run()
    assert first.result is Mark.NOTE
    assert "compare" in verified_alone(tmp_path, bundle.written()).stdout


def test_the_witness_that_countersigned_is_named(monitor: Monitor, clue_id: str, tmp_path: Path) -> None:
    with monitor.installation.database.transaction() as connection:
        newest = "SELECT size, note FROM log_checkpoints ORDER BY size DESC LIMIT 1"
        size, note = connection.exec_driver_sql(newest).one()
        line = WITNESS.cosignature(parse_note(note).text, 1_700_000_000).line
        connection.exec_driver_sql("INSERT INTO log_cosignatures VALUES (?, ?, ?)", (size, "witness.example", line))
    document = exported(monitor, clue_id)
    assert "witness.example" in checked(monitor, document, witnesses=[WITNESS.verifier])["checkpoint"].detail
    key = str(monitor.installation.log_identity.verifier())
    alone = verified_alone(tmp_path, canonical(document), "--key", key, "--witness", str(WITNESS.verifier))
    assert "countersigned by witness.example" in alone.stdout


def test_what_does_not_exist_has_no_bundle(monitor: Monitor) -> None:
    for wanted in ("C-0815", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(NotFound):
            bundle_of(monitor.installation, wanted)


def change_state(document: Document, change: Callable[[bytes], bytes]) -> None:
    entry = document["entries"][0]
    leaf = change(base64.b64decode(entry["leaf"]))
    entry["leaf"] = base64.b64encode(leaf).decode()
    entry["said"] = json.loads(leaf.split(b"\n", 5)[5])


def swap_entries(document: Document) -> None:
    one, other = document["entries"][:2]
    one["leaf"], other["leaf"] = other["leaf"], one["leaf"]
    one["said"], other["said"] = other["said"], one["said"]


def change_proof(document: Document) -> None:
    hashes = document["entries"][0]["hashes"]
    hashes[0] = ("1" if hashes[0][0] == "0" else "0") + hashes[0][1:]


def without_fact(document: Document) -> None:
    position = document["findings"][0]["facts"][0]["position"]
    document["facts"].remove(position)
    document["entries"] = [entry for entry in document["entries"] if entry["position"] != position]


def without_last_event(document: Document) -> None:
    position = document["clues"][0]["events"].pop()
    document["entries"] = [entry for entry in document["entries"] if entry["position"] != position]


CHANGES: dict[str, Callable[[Document], object]] = {
    "a fact's content": lambda d: change_state(d, lambda leaf: leaf.replace(b"pension", b"medical")),
    "what is shown of a fact": lambda d: d["entries"][0]["said"].update(id="other"),
    "two facts swapped": swap_entries,
    "a proof": change_proof,
    "a shorter proof": lambda d: d["entries"][0]["hashes"].pop(),
    "a longer proof": lambda d: d["entries"][0]["hashes"].append("00" * 32),
    "the checkpoint's size": lambda d: d.update(checkpoint=d["checkpoint"].replace("\n", "0\n", 1)),
    "an entry left out": lambda d: d["entries"].pop(),
    "an entry twice": lambda d: d["entries"].append(d["entries"][0]),
    "a fact it rests on left out": without_fact,
    "the last event left out": without_last_event,
    "the status": lambda d: d["clues"][0].update(status="cleared"),
    "a finding's severity": lambda d: d["findings"][0].update(severity="low"),
    "a finding left out": lambda d: d["findings"].clear(),
    "the rule's code": lambda d: d["rules"][0].update(source=d["rules"][0]["source"] + "\n"),
}  # fmt: skip
ONLY_REPLAYED = {"the status", "the last event left out"}
"""What is told by nothing but a replay of the clue's events, which the single file does not do."""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_changed_is_found(monitor: Monitor, clue_id: str, change: Callable[[Document], object]) -> None:
    document = exported(monitor, clue_id)
    change(document)
    results = [check.result for check in checked(monitor, document).values()]
    assert results[-1] is Mark.WRONG


@pytest.mark.parametrize("name", sorted(CHANGES.keys() - ONLY_REPLAYED))
def test_the_single_file_finds_it_too(monitor: Monitor, clue_id: str, tmp_path: Path, name: str) -> None:
    document = exported(monitor, clue_id)
    CHANGES[name](document)
    key = str(monitor.installation.log_identity.verifier())
    alone = verified_alone(tmp_path, canonical(document), "--key", key)
    assert alone.returncode == 1, alone.stdout
    assert "WRONG" in alone.stdout


def test_a_bundle_of_another_log_is_told_by_the_key(monitor: Monitor, clue_id: str, tmp_path: Path) -> None:
    stranger = Signer(monitor.installation.log_identity.verifier().name, b"s" * 32).verifier
    first, *rest = BundleCheck(bundle_of(monitor.installation, clue_id), stranger).run()
    assert (first.result, rest) == (Mark.WRONG, [])
    alone = verified_alone(tmp_path, bundle_of(monitor.installation, clue_id).written(), "--key", str(stranger))
    assert alone.returncode == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content + b"\n",
        lambda content: content.replace(b'{"about"', b'{ "about"'),
        lambda content: content.replace(b'"facts"', b'"fakts"'),
        lambda _: b"[]",
        lambda _: b"\xff",
    ],
)
def test_only_canonical_json_is_a_bundle(
    monitor: Monitor, clue_id: str, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    content = spoil(bundle_of(monitor.installation, clue_id).written())
    with pytest.raises(NotABundle):
        read_bundle(content)
    assert verified_alone(tmp_path, content).returncode == 1
