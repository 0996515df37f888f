"""R048: a supplier of unusually many kinds of items."""

from domain.evidence.ocds import Process
from tests.ocds_builders import BIDDER, a_process, an_award, explained, flagged, indicators

ANY = {"fewest_processes": 1}


def awarded(key: str, supplier: str, *codes: str, **given: object) -> Process:
    return a_process(key, awards=(an_award(supplier, item_classes=codes, **given),))


USUAL = [awarded(f"P{number}", f"S{number}", f"{10 + number % 2}000000") for number in range(8)]


def test_more_kinds_than_usual_are_flagged_with_their_number() -> None:
    many = awarded("P", "X", "10000000", "11000000", "12000000")
    assert flagged("R048", many, awarded("Q", "S1", "11000000", "12000000"), *USUAL, thresholds=ANY)[BIDDER, "X"] == 3


def test_codes_of_one_kind_count_once() -> None:
    same = awarded("P", "X", "10000000", "10110000", "10999999")
    assert flagged("R048", same, *USUAL, thresholds={**ANY, "fixed_fence": 2}) == {}
    finer = {**ANY, "classification_digits": 4, "fixed_fence": 3}
    assert flagged("R048", same, *USUAL, thresholds=finer) == {(BIDDER, "X"): 3}


def test_kinds_add_up_over_processes() -> None:
    found = indicators("R048", [awarded("P", "X", "10"), awarded("Q", "X", "20"), *USUAL], {**ANY, "fixed_fence": 2})
    (one,) = found.indicated
    assert one.indication.value == 2
    assert one.indication.processes == ("P", "Q")


def test_a_supplier_of_few_processes_is_not_compared() -> None:
    assert not flagged("R048", awarded("P", "X", "10", "20", "30"), *USUAL)
    twenty = [awarded(f"X{number}", "X", f"{number:02}") for number in range(20)]
    assert flagged("R048", *twenty) == {(BIDDER, "X"): 20}
    assert not flagged("R048", *twenty[:19])


def test_awards_to_several_or_not_active_or_unclassified_do_not_count() -> None:
    fenced = {**ANY, "fixed_fence": 2}
    assert not flagged("R048", awarded("P", "X", "10", "20", suppliers=("X", "Y")), thresholds=fenced)
    assert not flagged("R048", awarded("P", "X", "10", "20", status="pending"), thresholds=fenced)
    assert not flagged("R048", awarded("P", "X"), thresholds=fenced)


def test_the_explanation_counts_kinds_and_processes() -> None:
    twenty = [awarded(f"X{number}", "X", f"{number:02}") for number in range(20)]
    zh, en = explained("R048", *twenty)
    assert "20个项目中供应20大类" in zh
    assert "20 kinds of items in 20 processes" in en
