"""The published indicators: their published cases, and how far they agree with labels."""

import json
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.ocds import Process
from domain.indicators import agreements, indicate, indicator_rules
from domain.policy import Policy
from streams.importers.ocds_processes import OcdsFiles
from tests.ocds_builders import a_duel, a_process, an_award, an_offer

CARDINAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "cardinal"
CODES = ("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058")
SET_BY_CASE = {"R048": {"fewest_processes": 1}}
"""What 048.ini sets; the other cases keep every default."""

AMOUNTS = st.sampled_from([90.0, 100.0, 101.0, 150.0])
STATUSES = st.sampled_from(["valid", "disqualified", "withdrawn"])
OFFERS = st.lists(st.builds(an_offer, st.sampled_from("ABC"), AMOUNTS, status=STATUSES), max_size=4)


def test_all_eleven_are_in_the_rulebook_under_their_own_codes() -> None:
    assert tuple(rule.code for rule in indicator_rules()) == CODES


@pytest.mark.skipif(not CARDINAL.exists(), reason="the shared Cardinal cases are not here")
@pytest.mark.parametrize("code", CODES)
def test_the_published_case_has_the_published_result(code: str) -> None:
    expected = json.loads((CARDINAL / f"{code[1:]}.expected.json").read_bytes())
    policy = Policy(thresholds={code: SET_BY_CASE.get(code, {})})
    found = indicate(
        OcdsFiles([CARDINAL / f"{code[1:]}.jsonl"]), policy, rules=indicator_rules({code} if _alone(code) else None)
    )
    assert found.results() == expected


def _alone(code: str) -> bool:
    """Whether the case has a settings file: it enables that indicator and no other."""
    settings = ConfigParser()
    return bool(settings.read(CARDINAL / f"{code[1:]}.ini"))


def test_a_process_that_comes_again_is_counted_once_and_told() -> None:
    found = indicate([a_process("P"), a_process("P"), a_process("Q")], Policy())
    assert found.processes == ("P", "Q")
    assert found.repeated == 1


def test_cancelled_processes_count_for_nothing() -> None:
    found = indicate([a_process("P", status="cancelled")], Policy())
    assert found.processes == ()


@given(st.lists(OFFERS, max_size=6), st.randoms())
def test_the_order_of_processes_does_not_matter(markets: list[list[Any]], random: Any) -> None:
    processes = [a_process(f"P{n}", *offers, awards=(an_award("A"),)) for n, offers in enumerate(markets)]
    shuffled = random.sample(processes, len(processes))
    assert _results(processes) == _results(shuffled)


def _results(processes: list[Process]) -> Any:
    return indicate(processes, Policy(), currency="CNY").results()


def test_agreement_counts_precision_among_what_is_flagged_and_the_base_rate_among_all() -> None:
    usual = [a_duel(f"U{number}", 100, 105 + number) for number in range(8)]
    far = [a_duel("X", 100, 300), a_duel("Y", 100, 310)]
    found = indicate([*usual, *far], Policy(), rules=indicator_rules({"R058", "R030"}))
    labels = {"X": True, "U0": False, "U1": True, "U2": False}
    none, discounted = agreements(found, labels)
    assert (none.indicator, none.flagged, none.precision, none.base_rate) == ("R030", 0, None, 0.5)
    assert (discounted.group, discounted.flagged, discounted.labelled, discounted.precision) == ("OCID", 2, 1, 1.0)


def test_a_lot_has_the_label_of_its_tender() -> None:
    found = indicate(
        [a_process("ocds-1/1", an_offer("A", 1), an_offer("B", 1))], Policy(), rules=indicator_rules({"R028"})
    )
    (identical,) = agreements(found, {"ocds-1": True})
    assert identical.precision == 1.0
