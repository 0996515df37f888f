"""Identity documents beside the resident ID: whose number is right, and who is one person."""

import pytest
from hypothesis import given
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from domain.facts.fact import DoorPerson
from domain.identity_documents import check_identity_number, identity_text
from tests.artefacts import SIGNS_FOR_NOTHING, disguised
from tests.domain.test_identifiers import whole

FOREIGN_RESIDENT = whole("91112419810803002")
OLD_FOREIGN_RESIDENT = "AUS440080010112"
PERMITS = [whole(f"{area}19940823002") for area in ("810000", "820000", "830000")]


@pytest.mark.parametrize("number", [FOREIGN_RESIDENT, whole("93268219850101001"), "911561988071234567"])
def test_the_card_for_foreign_permanent_residents_of_2023_is_accepted(number: str) -> None:
    assert check_identity_number(1, number) == number
    assert identity_text(1, number) == f"rid:v1:{number}"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (FOREIGN_RESIDENT[:17] + ("1" if FOREIGN_RESIDENT[17] != "1" else "2"), "check_digit"),
        (whole("99912419810803002"), "unknown_code"),
        (whole("91112419811303002"), "birth_date"),
        ("91112419810803002Y", "characters"),
    ],
)
def test_a_wrong_number_of_a_foreign_permanent_resident_is_refused(number: str, code: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        check_identity_number(1, number)
    assert refused.value.type == code


def test_the_card_from_before_2023_has_three_letters_and_twelve_digits() -> None:
    assert check_identity_number(1, OLD_FOREIGN_RESIDENT.lower()) == OLD_FOREIGN_RESIDENT
    assert identity_text(1, OLD_FOREIGN_RESIDENT) == identity_text(3, OLD_FOREIGN_RESIDENT)


@pytest.mark.parametrize("number", PERMITS)
@pytest.mark.parametrize("id_type", [1, 4, 5])
def test_a_residence_permit_is_one_person_under_any_type(number: str, id_type: int) -> None:
    assert check_identity_number(id_type, number) == number
    assert identity_text(id_type, number) == f"rid:v1:{number}"


def test_a_wrong_residence_permit_is_refused_under_any_type() -> None:
    wrong = PERMITS[0][:17] + ("1" if PERMITS[0][17] != "1" else "2")
    for id_type in (1, 4, 5):
        with pytest.raises(PydanticCustomError):
            check_identity_number(id_type, wrong)


@pytest.mark.parametrize(("id_type", "number"), [(3, "E12345678"), (4, "H12345678"), (5, "12345678"), (3, "PE1234567")])
def test_other_documents_are_taken_as_they_are(id_type: int, number: str) -> None:
    assert check_identity_number(id_type, f" '{number.lower()}\u200b") == number


@given(disguised("44010619870612004X"))
def test_an_id_number_is_one_person_however_it_is_written(text: str) -> None:
    clean = DoorPerson(name="测试甲", id_number="44010619870612004X")
    assert DoorPerson(name="测试甲", id_number=text).identity == clean.identity


def test_a_letter_or_sign_that_looks_like_x_is_read_as_x() -> None:
    for sign in "ХхΧ×ｘ":
        assert check_identity_number(1, f"44010619870612004{sign}") == "44010619870612004X"


@pytest.mark.parametrize("number", ["4.40E+17", "4.40106E+17", "4.4010619850101E+17", 4.40106e17])
@pytest.mark.parametrize("id_type", [1, 3, 4, 5])
def test_scientific_notation_is_refused_for_that_reason_alone(number: object, id_type: int) -> None:
    with pytest.raises(ValidationError) as refused:
        DoorPerson.model_validate({"name": "测试甲", "id_type": id_type, "id_number": number})
    (error,) = refused.value.errors()
    assert error["type"] == "scientific_notation"
    assert str(number) not in str(refused.value)


@pytest.mark.parametrize("sign", SIGNS_FOR_NOTHING)
def test_a_person_needs_a_number_and_a_name_that_say_something(sign: str) -> None:
    for wrong in ({"id_number": sign}, {"name": sign}):
        with pytest.raises(ValidationError):
            DoorPerson.model_validate({"name": "测试甲", "id_number": "44010619870612004X"} | wrong)
