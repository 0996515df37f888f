"""R018: one bid in a competitive procedure."""

import pytest

from tests.ocds_builders import PROCESS, a_process, explained, flagged


@pytest.mark.parametrize("method", ["open", "selective"])
def test_one_bidder_in_a_competitive_procedure_is_flagged(method: str) -> None:
    assert flagged("R018", a_process(method=method, bidders_counted=1)) == {(PROCESS, "P"): 1}


@pytest.mark.parametrize("counted", [0, 2, None])
def test_another_number_of_bidders_is_not_flagged(counted: int | None) -> None:
    assert not flagged("R018", a_process(method="open", bidders_counted=counted))


@pytest.mark.parametrize("method", ["limited", "direct", None])
def test_a_procedure_without_competition_is_not_flagged(method: str | None) -> None:
    assert not flagged("R018", a_process(method=method, bidders_counted=1))


def test_a_cancelled_process_is_not_flagged() -> None:
    assert not flagged("R018", a_process(method="open", bidders_counted=1, status="cancelled"))


def test_the_explanation_names_the_procedure() -> None:
    zh, en = explained("R018", a_process(method="selective", bidders_counted=1))
    assert "1家投标人" in zh
    assert "selective" in en
