"""Thresholds of a policy: only those some rule has."""

from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from domain.policy import PolicyBook
from domain.thresholds import known_thresholds
from infra.settings import SettingsError
from infra.settings_layers import load_settings


def checked(default: Any, **jurisdictions: Any) -> PolicyBook:
    """Thresholds of the default policy, and of jurisdictions (``j4401``)."""
    own = {name.removeprefix("j"): {"thresholds": given} for name, given in jurisdictions.items()}
    return known_thresholds(PolicyBook.model_validate({"default": {"thresholds": default}, "jurisdictions": own}))


def test_thresholds_that_rules_have_are_taken_over() -> None:
    book = checked({"E107": {"fewest_moves": 2}})
    assert book.for_jurisdiction("440100").thresholds == {"E107": {"fewest_moves": 2}}


def test_a_jurisdiction_names_only_what_differs_from_the_default() -> None:
    book = checked({"E107": {"fewest_moves": 2, "window_months": 24}}, j4401={"E107": {"fewest_moves": 4}})
    assert book.for_jurisdiction("440106").thresholds == {"E107": {"fewest_moves": 4, "window_months": 24}}
    assert book.for_jurisdiction("440300").thresholds == {"E107": {"fewest_moves": 2, "window_months": 24}}


def test_the_code_of_a_rule_may_be_written_in_small_letters() -> None:
    assert checked({"e107": {"fewest_moves": 2}}).default.thresholds == {"E107": {"fewest_moves": 2}}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"E999": {}}, "there is no rule E999"),
        ({"E107": {"fewest": 2}}, r"E107 has no threshold fewest \(it has fewest_moves, window_months\)"),
        ({"E101": {"fewest_moves": 2}}, r"E101 has no threshold fewest_moves \(it has none\)"),
        ({"E107": {"fewest_moves": "2.5"}}, "E107: fewest_moves is a whole number"),
    ],
)
def test_a_threshold_no_rule_has_is_refused(given: Any, complaint: str) -> None:
    with pytest.raises(PydanticCustomError, match=f"default: {complaint}"):
        checked(given)
    with pytest.raises(PydanticCustomError, match=f"4401: {complaint}"):
        checked({}, j4401=given)


@pytest.mark.parametrize("value", [True, "many", "NaN", None, []])
def test_a_threshold_is_a_number(value: Any) -> None:
    with pytest.raises(ValidationError):
        checked({"E107": {"fewest_moves": value}})


def test_settings_with_an_unknown_threshold_do_not_load() -> None:
    variable = "TENDER_MONITOR_POLICY__DEFAULT__THRESHOLDS__E107__FEWEST"
    with pytest.raises(SettingsError, match="E107 has no threshold fewest"):
        load_settings(environment={variable: "2"})
    loaded = load_settings(environment={f"{variable}_MOVES": "2"})
    assert loaded.policy.default.thresholds == {"E107": {"fewest_moves": 2}}
