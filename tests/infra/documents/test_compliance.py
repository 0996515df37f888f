"""docs/compliance.md names code and tests that are there, in both languages the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "docs" / "compliance.md", ROOT / "docs" / "zh" / "compliance.md")
PATH = re.compile(r"`((?:\w[\w.-]*/)+[\w.-]+|\w[\w-]*\.(?:md|lock)|Makefile)`")


def paths_in(page: Path) -> list[str]:
    return PATH.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])
def test_every_path_that_the_page_names_exists(page: Path) -> None:
    found = paths_in(page)
    assert len(found) > 60
    assert [path for path in found if not (ROOT / path).exists()] == []


def test_both_languages_name_the_same_code_and_tests() -> None:
    english, chinese = map(paths_in, PAGES)
    assert sorted(english) == sorted(chinese)
