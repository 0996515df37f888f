"""The facts as a whole."""

from domain.facts.messages import KINDS, MESSAGES, OUTSIDE, OWN, TYPES


def test_every_kind_of_fact_has_a_code_of_its_own() -> None:
    assert sorted(KINDS) == sorted(data.KIND for data in (*OUTSIDE, *OWN))
    assert len(set(KINDS)) == len(KINDS) <= 256


def test_the_codes_that_are_stored_never_change() -> None:
    stored = ["bid-opened", "insurance-paid", "fact-corrected", "lot-imported", "lead-appointed", "dossier-read"]
    assert [KINDS.index(kind) for kind in stored] == [0, 5, 20, 21, 22, 24]


def test_types_and_kinds_go_by_the_same_code() -> None:
    assert all(f".{kind}." in type_name for kind, type_name in zip(KINDS, TYPES, strict=True))
    assert set(TYPES) == set(MESSAGES)
