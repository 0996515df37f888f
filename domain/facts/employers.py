"""Renamed employers, and lawful exemptions 例外情形 (建办市〔2018〕57号, 建办市函〔2019〕92号)."""

from datetime import date
from typing import Any, Literal

from pydantic import ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from domain.facts.fact import Day, FactData, Org, OrganisationCode, PersonRef, Text
from domain.identifiers import organisation_key
from domain.identity_documents import can_have_retired, check_identity_number
from domain.names import other_spellings

ExemptionGround = Literal["retired", "public-institution", "university", "ex-military", "buy-out", "other"]


RENAMES_SUBJECT = "register:renames"
"""The subject under which all renames are indexed as well: there are few, and every comparison needs them."""


class EmployerRenamed(FactData):
    """The organisation with the code ``uscc`` (or an older code) is called ``new_name`` from ``on`` (inclusive)."""

    KIND = "employer-renamed"

    uscc: OrganisationCode
    old_name: Text
    new_name: Text
    on: Day

    @property
    def subjects(self) -> tuple[str, ...]:
        """Under both names in either spelling of their legal form: a payer may use the other one."""
        keys = [organisation_key(name) for name in (self.old_name, self.new_name)]
        spellings = [spelling for key in keys for spelling in (key, *other_spellings(key))]
        return (f"org:{self.uscc}", *dict.fromkeys(f"org:{spelling}" for spelling in spellings), RENAMES_SUBJECT)


class ExemptionRecorded(FactData):
    """A person may lawfully be insured by another employer than the one of the registration 例外情形.

    ``workplace`` is where the person really works. ``valid_from`` and ``valid_to`` are inclusive.
    ``authority`` is the authority that decided.
    ``of_retirement_age`` is set by intake, from the ID number, for the ground ``retired``: whether
    the person had reached an age at which the law can retire people (women 45, men 50) on
    ``valid_from``. None where no ID number was given.
    """

    KIND = "exemption-recorded"

    person: PersonRef
    ground: ExemptionGround
    workplace: Org
    payer: Org | None = None
    valid_from: Day
    valid_to: Day | None = None
    document_no: Text
    authority: Text | None = None
    of_retirement_age: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _note_age(cls, value: Any, info: ValidationInfo) -> Any:
        """At the door the age is noted and then forgotten: the ledger keeps neither birthday nor sex."""
        if info.context is None or not isinstance(value, dict):
            return value
        value.pop("of_retirement_age", None)
        age = _retirement_age_reached(value)
        if age is not None:
            value["of_retirement_age"] = age
        return value

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)


def _retirement_age_reached(value: dict[str, Any]) -> bool | None:
    person, valid_from = value.get("person"), value.get("valid_from")
    if value.get("ground") != "retired" or not isinstance(person, dict) or not isinstance(valid_from, str):
        return None
    number = person.get("id_number")
    if not isinstance(number, str):
        return None
    try:
        checked = check_identity_number(person.get("id_type", 1), number)
        holds_birthday = len(checked) == 18 and checked[:17].isdigit()
        return can_have_retired(checked, date.fromisoformat(valid_from)) if holds_birthday else None
    except (PydanticCustomError, ValueError):
        # The fields' own validators say what is wrong with them.
        return None
