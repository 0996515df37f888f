"""The published rulebook: its pages are what the code says."""

from pathlib import Path

from domain.policy import Policy, PolicyBook
from domain.rule import RULEBOOK
from infra.rulebook.listing import published_rules
from infra.rulebook.pages import pages, table, write_pages

PAGES = Path(__file__).parents[3] / "docs" / "rules"


def test_the_pages_in_the_documents_are_up_to_date() -> None:
    """Write them anew with ``make rules``."""
    written = {file.relative_to(PAGES).as_posix(): file.read_text(encoding="utf-8") for file in PAGES.rglob("*.md")}
    assert written == pages()


def test_the_table_of_rules_is_up_to_date() -> None:
    """Write it anew with ``make rules``."""
    assert PAGES.with_name("rulebook.md").read_text(encoding="utf-8") == table()


def test_pages_of_rules_that_are_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "X999.md").write_text("gone", encoding="utf-8")
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "X999.md").write_text("gone", encoding="utf-8")
    assert write_pages(tmp_path) == 2 * (len(RULEBOOK) + 1)
    assert not list(tmp_path.rglob("X999.md"))
    assert "社保缴纳单位与投标人不一致" in (tmp_path / "zh" / "E101.md").read_text(encoding="utf-8")
    assert "payer_differs_from_bidder" in (tmp_path / "E101.md").read_text(encoding="utf-8")


def test_thresholds_that_a_jurisdiction_set_otherwise_are_published_beside_the_rules_own() -> None:
    book = PolicyBook(
        default=Policy(thresholds={"E107": {"fewest_moves": 4}}),
        jurisdictions={"4401": Policy(thresholds={"E107": {"window_months": 6}})},
    )
    (moves,) = (rule for rule in published_rules(book) if rule.code == "E107")
    assert moves.thresholds == {"fewest_moves": "3", "window_months": "12"}
    assert moves.set_otherwise == {"*": {"fewest_moves": "4"}, "4401": {"window_months": "6"}}
