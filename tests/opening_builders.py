"""Openings as a trading system sends them, with bids whose lead cannot be identified."""

from collections.abc import Callable
from typing import Any

from tests.builders import RIVAL, THIRD, a_bid, a_bid_opening
from tests.monitor import said
from tests.streams.intake.test_intake import ID_NUMBER, NAME, an_id_number

OTHER_NUMBER = an_id_number(sequence="213")
THIRD_NUMBER = an_id_number(sequence="317")
WRONG_NUMBER = OTHER_NUMBER[:17] + ("0" if OTHER_NUMBER[17] != "0" else "1")


def an_opening_at_the_door(id: str = "b1", **given: Any) -> dict[str, Any]:
    """Three bids, each with another lead by name and number."""
    opening = said(a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL), a_bid(bidder=THIRD))), id, **given)
    for bid, number in zip(opening["data"]["bids"], (ID_NUMBER, OTHER_NUMBER, THIRD_NUMBER), strict=True):
        bid["lead"]["person"] = {"name": NAME, "id_number": number}
    return opening


def with_wrong_number(opening: dict[str, Any], bid: int = 1) -> dict[str, Any]:
    """The number of one lead with a wrong check character."""
    opening["data"]["bids"][bid]["lead"]["person"]["id_number"] = WRONG_NUMBER
    return opening


Spoiling = Callable[[dict[str, Any]], None]
"""Makes one lead unreadable."""


def _person(**given: Any) -> Spoiling:
    return lambda bid: bid["lead"]["person"].update(given)


UNREADABLE_LEADS: dict[str, tuple[Spoiling, str, str]] = {
    "a bad check digit": (_person(id_number=WRONG_NUMBER), "lead.person.id_number", "check_digit"),
    "a birth date that never was": (
        _person(id_number=ID_NUMBER[:10] + "0231" + ID_NUMBER[14:]),
        "lead.person.id_number",
        "birth_date",
    ),
    "no number": (lambda bid: bid["lead"]["person"].pop("id_number"), "lead.person.id_number", "missing"),
    "a number of another type": (_person(id_number=440106199003078), "lead.person.id_number", "string_type"),
    "an empty name": (_person(name=""), "lead.person.name", "string_too_short"),
    "a person who is a text": (lambda bid: bid["lead"].update(person="x"), "lead.person", "model_type"),
    "no person": (lambda bid: bid["lead"].pop("person"), "lead.person", "missing"),
    "a lead that is null": (lambda bid: bid.update(lead=None), "lead", "missing"),
    "no lead": (lambda bid: bid.pop("lead"), "lead", "missing"),
    "no certificate number": (lambda bid: bid["lead"].pop("certificate_no"), "lead.certificate_no", "missing"),
}
"""Each with the field that is wrong, within the bid, and the code of the error."""
