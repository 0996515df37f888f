"""The published rulebook: its pages are what the code says."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.policy import Policy, PolicyBook
from domain.rule import RULEBOOK, RuleError, Verdict
from domain.rule_text import rule_text
from infra.rulebook.listing import published_rules
from infra.rulebook.pages import pages, write_pages

PAGES = Path(__file__).parents[3] / "docs" / "rules"


def test_the_pages_in_the_documents_are_up_to_date() -> None:
    """Write them anew with ``tender-monitor rules --pages docs/rules``."""
    written = {file.name: file.read_text(encoding="utf-8") for file in PAGES.glob("*.md")}
    assert written == pages()


@pytest.mark.parametrize("code", sorted(RULEBOOK))
def test_every_rule_says_what_an_example_why_and_what_is_excluded(code: str) -> None:
    text = rule_text(RULEBOOK[code])
    assert all((text.says, text.example, text.why, text.excluded))


def test_a_docstring_without_a_part_is_refused() -> None:
    def says_little() -> Iterator[Verdict]:
        """Says little.

        Why: because.
        """
        yield from ()

    rule = replace(RULEBOOK["E101"], pattern=says_little)
    with pytest.raises(RuleError, match="no paragraph Example:, Excluded:"):
        rule_text(rule)


def test_pages_of_rules_that_are_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "X999.md").write_text("gone", encoding="utf-8")
    assert write_pages(tmp_path) == len(RULEBOOK) + 1
    assert not (tmp_path / "X999.md").exists()
    assert "payer_differs_from_bidder" in (tmp_path / "E101.md").read_text(encoding="utf-8")


def test_thresholds_that_a_jurisdiction_set_otherwise_are_published_beside_the_rules_own() -> None:
    book = PolicyBook(
        default=Policy(thresholds={"E107": {"fewest_moves": 4}}),
        jurisdictions={"4401": Policy(thresholds={"E107": {"window_months": 6}})},
    )
    (moves,) = (rule for rule in published_rules(book) if rule.code == "E107")
    assert moves.thresholds == {"fewest_moves": "3", "window_months": "12"}
    assert moves.set_otherwise == {"*": {"fewest_moves": "4"}, "4401": {"window_months": "6"}}
