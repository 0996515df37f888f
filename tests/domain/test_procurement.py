"""What a policy says about procurement methods, and what the indicators then leave out."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.evidence.ocds import Process
from domain.indicators import Indicators, indicate, indicator_rules
from domain.policy import Policy, PolicyBook
from tests.domain.rules.test_short_submission_period import of
from tests.ocds_builders import a_duel, a_process, an_offer


def found(code: str, *processes: Process, thresholds: Any = None, **procurement: Any) -> Indicators:
    policy = Policy.model_validate({"procurement": procurement, "thresholds": {code: thresholds or {}}})
    return indicate(processes, policy, rules=indicator_rules({code}))


def flagged(code: str, *processes: Process, **given: Any) -> set[str]:
    results = found(code, *processes, **given).results()
    return set(results.get("OCID", {}))


def methods(*details: str | None) -> tuple[Process, ...]:
    """Two bids of one price in each; the key is the name of the method."""
    return tuple(a_process(str(each), an_offer("A", 1), an_offer("B", 1), method_details=each) for each in details)


def test_excluded_methods_count_for_no_indicator() -> None:
    result = found("R028", *methods("EXC", "exc", None), excluded_details={"EXC"})
    assert result.processes == ("exc", "None")


def test_prices_of_methods_that_are_not_compared_are_left_alone() -> None:
    assert flagged("R028", *methods("NPC", "npc", None), uncompared_details={"NPC"}) == {"npc", "None"}


def test_where_methods_to_compare_are_named_no_other_is_compared() -> None:
    given = {"compared_details": {"Auction"}, "uncompared_details": {"Auction"}}
    assert flagged("R028", *methods("Auction", "Other", None), **given) == {"Auction"}


@pytest.mark.parametrize("code", ["R024", "R058"])
def test_a_difference_that_is_not_compared_moves_no_fence(code: str) -> None:
    far = [a_duel(f"{lost}", 100, lost, method_details="NPC") for lost in (101, 200)]
    usual = [a_duel(f"U{number}", 100, 105 + number / 10, method_details="other") for number in range(8)]
    odd = a_duel("odd", 100, 101 if code == "R024" else 120)
    assert flagged(code, *usual, *far, odd, uncompared_details={"NPC"}) == {"odd"}
    assert flagged(code, *usual, odd, uncompared_details={"NPC"}) == {"odd"}


def test_the_lowest_bid_of_a_method_that_is_not_compared_may_be_disqualified() -> None:
    offers = (an_offer("A", 1, status="disqualified"), an_offer("B", 2))
    one, other = (a_process(each, *offers, method_details=each) for each in ("NPC", "other"))
    assert flagged("R036", one, other, uncompared_details={"NPC"}) == {"other"}


def test_the_currency_is_the_first_of_a_process_whose_prices_are_compared() -> None:
    offers = (an_offer("A", 1, currency="USD"), an_offer("B", 1, currency="USD"))
    (yuan,) = methods("other")
    result = found("R028", a_process("P", *offers, method_details="NPC"), yuan, uncompared_details={"NPC"})
    assert result.currency == "CNY"


@pytest.mark.parametrize("code", ["R003", "R018"])
def test_an_indicator_looks_at_the_methods_that_the_policy_names(code: str) -> None:
    given = of(1)
    processes = [
        a_process(str(each), method=each, bidders_counted=1, **given) for each in ("open", "limited", "x", None)
    ]
    assert flagged(code, *processes, methods={code: {"limited", "x"}}) == {"limited", "x"}
    assert flagged(code, *processes, methods={code: set()}) == {"open", "limited", "x", "None"}


def test_a_method_has_its_own_fewest_days_and_the_finding_says_so() -> None:
    times = of(7)
    processes = [a_process(str(each), method_details=each, **times) for each in ("Cotización", "cotización", None)]
    result = found("R003", *processes, thresholds={"fewest_days": 8}, fewest_days={"Cotización": 7})
    assert set(result.results()["OCID"]) == {"cotización", "None"}
    result = found("R003", *processes, fewest_days={"Cotización": 10})
    assert [each.thresholds["fewest_days"] for each in result.indicated] == ["10", "15", "15"]


def test_a_jurisdiction_keeps_what_it_does_not_replace() -> None:
    given = {"excluded_details": ["EXC"], "uncompared_details": ["NPC"]}
    own = {"4401": {"procurement": {"uncompared_details": ["own"]}}}
    book = PolicyBook.model_validate({"default": {"procurement": given}, "jurisdictions": own})
    procurement = book.for_jurisdiction("440100").procurement
    assert procurement.excluded_details == {"EXC"}
    assert procurement.uncompared_details == {"own"}


@pytest.mark.parametrize("given", [{"methods": {"R028": ["open"]}}, {"fewest_days": {"x": -1}}, {"excluded": ["x"]}])
def test_what_no_indicator_reads_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate({"procurement": given})
