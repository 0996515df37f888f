"""The codes of organisations: what counts as one, and what it is called."""

import pytest
from hypothesis import given
from pydantic_core import PydanticCustomError

from domain.facts.employers import EmployerRenamed
from domain.facts.fact import Org
from domain.organisation_codes import check_organisation_code, check_uscc, holds_registration_number, lasting_code
from tests.artefacts import disguised

USCC = "91440101MA59ABCD1D"


@given(disguised(USCC))
def test_the_keys_of_a_code_do_not_depend_on_how_it_is_written(text: str) -> None:
    assert Org(name="甲公司", uscc=text).subjects == Org(name="甲公司", uscc=USCC).subjects


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("MA59ABCD-1", "MA59ABCD1"),
        ("60003734-1", "600037341"),
        ("４４０１０１０００１２３４５６", "440101000123456"),
        ("440106 600000456", "440106600000456"),
        ("110108000000016", "110108000000016"),
    ],
)
def test_an_older_code_is_kept_as_what_it_is(text: str, kept: str) -> None:
    assert check_organisation_code(text) == kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("60003734-2", "check_digit"),
        ("60003734?", "characters"),
        ("44010119850101", "length"),
        ("000000000000000000", "placeholder"),
        ("9.11E+17", "scientific_notation"),
    ],
)
def test_what_is_no_code_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        check_organisation_code(text)
    assert refused.value.type == reason


def test_an_old_id_number_is_no_registration_number() -> None:
    with pytest.raises(PydanticCustomError) as refused:
        check_organisation_code("440106850101001")
    assert refused.value.type == "personal_data"
    assert holds_registration_number("110108000000016")
    assert not holds_registration_number("440101000123456")


def test_a_code_for_a_token_has_eighteen_characters() -> None:
    with pytest.raises(PydanticCustomError):
        check_uscc("MA59ABCD-1")


def test_the_organisation_code_outlives_a_move() -> None:
    assert lasting_code(USCC) == lasting_code("MA59ABCD1") == "MA59ABCD1"
    assert lasting_code("110108000000016") == "110108000000016"


@pytest.mark.parametrize("code", [USCC, "MA59ABCD-1", "440101000123456"])
def test_a_rename_may_name_its_firm_by_any_code(code: str) -> None:
    rename = EmployerRenamed.model_validate(
        {"uscc": code, "old_name": "甲建设有限公司", "new_name": "乙建设有限公司", "on": "2025-01-01"}
    )
    assert f"org:{rename.uscc}" in rename.subjects
