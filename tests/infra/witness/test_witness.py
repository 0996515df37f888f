"""What a witness countersigns, and what it refuses."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest

from infra.transparency.checkpoint import Checkpoint
from infra.transparency.merkle import consistency_ranges
from infra.transparency.notes import Note, Signer, cosigned_at, parse_note, verify
from infra.witness.seen import Seen
from infra.witness.witness import Refused, Submission, Witness
from tests.infra.transparency import reference

LOG = Signer("log.example/one", b"l" * 32)
NAME = "witness.example"
NOW = datetime(2025, 6, 18, 1, 30, tzinfo=UTC)
LEAVES = [reference.leaf(bytes([number])) for number in range(100)]
FORKED = [*LEAVES[:50], *(reference.leaf(b"forged" + bytes([number])) for number in range(50))]


def submission(old: int, size: int, leaves: list[bytes] = LEAVES, *, signer: Signer = LOG) -> str:
    proof = (
        [reference.root(leaves[start:end]) for start, end in consistency_ranges(old, size)] if 0 < old < size else []
    )
    checkpoint = Checkpoint(signer.verifier.name, size, reference.root(leaves[:size]))
    return str(Submission(old, tuple(proof), signer.signed(checkpoint.text)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "seen.db"


def opened(file: Path) -> Witness:
    return Witness(Signer(NAME, b"w" * 32, witness=True), [LOG.verifier], Seen(file), lambda: NOW)


@pytest.fixture
def witness(file: Path) -> Iterator[Witness]:
    made = opened(file)
    yield made
    made._seen.close()


def refused(witness: Witness, body: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        witness.add_checkpoint(body)
    return refusal.value


def text_of(size: int, leaves: list[bytes] = LEAVES) -> str:
    return Checkpoint(LOG.verifier.name, size, reference.root(leaves[:size])).text


def test_a_log_that_grows_is_countersigned_step_by_step(witness: Witness) -> None:
    key = Signer(NAME, b"w" * 32, witness=True).verifier
    for old, size in ((0, 1), (1, 7), (7, 7), (7, 64), (64, 100)):
        line = witness.add_checkpoint(submission(old, size))
        (signature,) = parse_note(f"{text_of(size)}\n{line}").signatures
        assert verify(Note(text_of(size), (signature,)), [key]) == (key,)
        assert cosigned_at(signature) == int(NOW.timestamp())


def test_an_empty_log_may_be_the_first_thing_seen(witness: Witness) -> None:
    witness.add_checkpoint(submission(0, 0))
    witness.add_checkpoint(submission(0, 5))


def test_a_fork_is_refused(witness: Witness) -> None:
    """Larger, of the same size, and with a proof from the forged past."""
    witness.add_checkpoint(submission(0, 60))
    assert refused(witness, submission(60, 80, FORKED)).status is HTTPStatus.UNPROCESSABLE_ENTITY
    same = refused(witness, submission(60, 60, FORKED))
    assert (same.status, same.latest) == (HTTPStatus.CONFLICT, 60)
    assert refused(witness, submission(50, 80, FORKED)).status is HTTPStatus.CONFLICT
    witness.add_checkpoint(submission(60, 80))


def test_a_log_that_became_shorter_is_refused(witness: Witness) -> None:
    witness.add_checkpoint(submission(0, 60))
    assert refused(witness, submission(60, 59)).status is HTTPStatus.BAD_REQUEST
    shorter = refused(witness, submission(0, 59))
    assert (shorter.status, shorter.latest) == (HTTPStatus.CONFLICT, 60)


def test_what_was_seen_survives_a_restart(witness: Witness, file: Path) -> None:
    witness.add_checkpoint(submission(0, 60))
    again = opened(file)
    assert refused(again, submission(0, 60)).latest == 60
    again.add_checkpoint(submission(60, 61))
    assert refused(witness, submission(60, 62)).latest == 61
    again._seen.close()


def test_what_is_refused_changes_nothing(witness: Witness) -> None:
    witness.add_checkpoint(submission(0, 10))
    refused(witness, submission(10, 20).replace("old 10\n", f"old 10\n{'A' * 43}=\n"))
    witness.add_checkpoint(submission(10, 11))


def test_an_unknown_log_is_not_found_and_a_foreign_key_is_forbidden(witness: Witness) -> None:
    stranger = Signer("log.example/two", b"l" * 32)
    assert refused(witness, submission(0, 3, signer=stranger)).status is HTTPStatus.NOT_FOUND
    forger = Signer("log.example/one", b"f" * 32)
    assert refused(witness, submission(0, 3, signer=forger)).status is HTTPStatus.FORBIDDEN


def test_a_proof_that_nothing_needs_is_refused(witness: Witness) -> None:
    body = submission(0, 3).replace("old 0\n", f"old 0\n{'A' * 43}=\n")
    assert refused(witness, body).status is HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old 0\n",
        "old 00\n\n" + submission(0, 3).partition("\n\n")[2],
        "new 0\n\n" + submission(0, 3).partition("\n\n")[2],
        "old 0\nnot base64\n\n" + submission(0, 3).partition("\n\n")[2],
        "old 0\n" + f"{'A' * 43}=\n" * 64 + "\n" + submission(0, 3).partition("\n\n")[2],
        "old 0\n\nno note\n",
        "old 0\n\n" + str(LOG.signed("log.example/one\n1\n")),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(witness: Witness, body: str) -> None:
    assert refused(witness, body).status is HTTPStatus.BAD_REQUEST
