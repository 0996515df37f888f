import base64

import pytest

from infra.transparency.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from infra.transparency.notes import NotANote, Note, NotSigned, Signer, VerifierKey, parse_note, verify
from infra.transparency.suite import SHA256_ED25519
from infra.transparency.tree import Tree
from tests.infra.transparency import reference
from tests.infra.transparency.vectors import VECTORS

TESSERA = VECTORS / "tessera-log"
LOG = Signer("example.com/log", b"l" * 32)
WITNESS = Signer("witness.example/w1", b"w" * 32, witness=True)
CHECKPOINT = Checkpoint("example.com/log", 1, reference.leaf(b""))


def bundle_entries(size: int) -> list[bytes]:
    content = (TESSERA / "log" / "tile" / "entries" / "000.p" / str(size)).read_bytes()
    entries = []
    while content:
        length = int.from_bytes(content[:2], "big")
        entries.append(content[2 : 2 + length])
        content = content[2 + length :]
    return entries


@pytest.mark.skipif(not TESSERA.exists(), reason="the shared vectors are not here")
def test_the_sixteen_checkpoints_of_a_foreign_log_verify_and_its_entries_lead_to_them() -> None:
    key = VerifierKey.parse((TESSERA / "vkey.txt").read_text(encoding="utf-8"))
    for size in range(16):
        note = (TESSERA / "log" / f"checkpoint.{size}").read_text(encoding="utf-8")
        checkpoint, _, _ = open_checkpoint(note, key)
        tree = Tree()
        tiles = tree.append([reference.leaf(entry) for entry in bundle_entries(size)] if size else [])
        assert (checkpoint.size, checkpoint.root) == (size, tree.root())
        if size:
            assert tiles[0][1] == (TESSERA / "log" / "tile" / "0" / "000.p" / str(size)).read_bytes()


@pytest.mark.skipif(not TESSERA.exists(), reason="the shared vectors are not here")
def test_a_checkpoint_with_one_letter_changed_is_refused() -> None:
    key = VerifierKey.parse((TESSERA / "vkey.txt").read_text(encoding="utf-8"))
    note = (TESSERA / "log" / "checkpoint").read_text(encoding="utf-8")
    with pytest.raises(NotSigned):
        open_checkpoint(note.replace("\n15\n", "\n14\n"), key)


def test_a_note_reads_back_as_it_was_signed() -> None:
    note = LOG.signed(CHECKPOINT.text)
    assert parse_note(str(note)) == note
    assert verify(note, [LOG.verifier]) == (LOG.verifier,)
    assert parse_checkpoint(note.text) == CHECKPOINT


def test_a_verifier_key_reads_back_and_its_id_is_checked() -> None:
    text = str(WITNESS.verifier)
    assert VerifierKey.parse(text) == WITNESS.verifier
    with pytest.raises(NotANote):
        VerifierKey.parse(text.replace(WITNESS.verifier.id.hex(), "00000000"))


def test_signatures_of_strangers_are_ignored_and_do_not_count() -> None:
    note = LOG.signed(CHECKPOINT.text)
    with pytest.raises(NotSigned, match="no trusted key"):
        verify(note, [Signer("example.com/log", b"x" * 32).verifier])
    stranger = Signer("stranger.example", b"s" * 32).signed(CHECKPOINT.text)
    assert verify(Note(note.text, (*note.signatures, *stranger.signatures)), [LOG.verifier]) == (LOG.verifier,)


def test_a_wrong_signature_in_the_name_of_a_trusted_key_condemns_the_note() -> None:
    log = LOG.signed(CHECKPOINT.text)
    note = Note(log.text, (*log.signatures, WITNESS.cosignature("another text\n", 1)))
    with pytest.raises(NotSigned, match="witness"):
        verify(note, [LOG.verifier, WITNESS.verifier])


def test_a_cosignature_pins_its_time() -> None:
    signature = WITNESS.cosignature(CHECKPOINT.text, 1_679_315_147)
    note = Note(CHECKPOINT.text, (signature,))
    assert verify(note, [WITNESS.verifier]) == (WITNESS.verifier,)
    later = bytearray(signature.content)
    later[11] ^= 1
    with pytest.raises(NotSigned):
        verify(Note(CHECKPOINT.text, (type(signature)(signature.name, bytes(later)),)), [WITNESS.verifier])


def test_a_checkpoint_of_another_log_signed_with_the_same_key_is_refused() -> None:
    other = Checkpoint("example.com/other", 1, CHECKPOINT.root)
    with pytest.raises(NotANote, match="another log"):
        open_checkpoint(str(LOG.signed(other.text)), LOG.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/log\n1\n",
        f"example.com/log\n01\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
        f"example.com/log\n-1\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
        f"example.com/log\n1\n{base64.b64encode(CHECKPOINT.root[:31]).decode()}\n",
        f"example.com/log\n1\n{base64.b64encode(CHECKPOINT.root).decode()}",
        f"example.com/log\n1\n{base64.b64encode(CHECKPOINT.root).decode()}\n\nextension\n",
        f"\n1\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotANote):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "note", ["text\n", "text\n\n", "text\n\n— name\n", "te\x01xt\n\n— a AAAAAAA=\n", "t\n\nx a AAAA\n"]
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NotANote):
        parse_note(note)


def test_a_key_of_a_type_that_no_suite_here_has_is_no_key() -> None:
    foreign = VerifierKey("example.com/log", b"\x07", LOG.verifier.public)
    with pytest.raises(NotANote, match=SHA256_ED25519.name):
        VerifierKey.parse(str(foreign))
