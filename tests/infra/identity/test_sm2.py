"""SM2 signatures: the published example, one made by OpenSSL, and what is not signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.identity import sm2

# GB/T 32918.5-2017, A.2: signer 1234567812345678, message “message digest”.
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
DIGEST = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
SIGNED = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
MESSAGE = b"message digest"
# openssl dgst -sm3 -sign KEY -sigopt distid:1234567812345678 (3.0.19)
OPENSSL_PUBLIC = bytes.fromhex(
    "2DA8EFD78C7D7C749EBF24BA7F4118DE06210BBEAB823A0D802801CF8491952F"
    "359905FA448E30C05437B2207E93CBC955E56FAF1FBC563248629B53E3C2D8FF"
)
OPENSSL_SIGNED = bytes.fromhex(
    "0CF22EDE45B84562250186369E818E34328EE078285A9EB19EAA4E59F42E8D9D"
    "E138642CD439EA01D6FC404502E3124D1D91D57B0FD9EB6210B6340DF171ABED"
)


def test_the_published_example_has_its_digest_and_its_public_key_and_verifies() -> None:
    assert sm2.public_of(PRIVATE) == PUBLIC
    assert sm2.digest(PUBLIC, MESSAGE) == DIGEST
    assert sm2.verifies(PUBLIC, SIGNED, MESSAGE)


def test_what_another_program_signed_verifies() -> None:
    assert sm2.verifies(OPENSSL_PUBLIC, OPENSSL_SIGNED, b"hello")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_a_key_of_any_seed_signs_verifies_and_nothing_else(seed: bytes, message: bytes) -> None:
    key = sm2.Sm2Key(seed)
    signature = key.sign(message)
    assert (len(key.public), len(signature)) == (64, 64)
    assert sm2.verifies(key.public, signature, message)
    assert not sm2.verifies(key.public, signature, message + b"\0")


def test_the_same_seed_is_the_same_key() -> None:
    assert sm2.Sm2Key(b"s" * 32).public == sm2.Sm2Key(b"s" * 32).public
    assert sm2.Sm2Key(b"\xff" * 32).public != sm2.Sm2Key(b"\0" * 32).public


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (PUBLIC, b""),
        (PUBLIC, SIGNED[:-1]),
        (PUBLIC, SIGNED + b"\0"),
        (PUBLIC, bytes(64)),
        (PUBLIC, b"\xff" * 64),
        (PUBLIC, SIGNED[32:] + SIGNED[:32]),
        (PUBLIC[:-1], SIGNED),
        (bytes(64), SIGNED),
        (b"\xff" * 64, SIGNED),
    ],
    ids=["empty", "short", "long", "zeros", "too large", "turned", "short key", "no point", "outside the field"],
)
def test_what_is_malformed_is_no_signature_and_no_error(public: bytes, signature: bytes) -> None:
    assert not sm2.verifies(public, signature, MESSAGE)
