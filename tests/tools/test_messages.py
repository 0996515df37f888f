"""The page of error texts is made from the code, so that none is missing."""

import pytest

from tools.messages import PAGE, messages, page


def test_the_page_of_error_texts_is_up_to_date() -> None:
    """Write it anew with ``make messages``."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    "text",
    [
        "… belongs to …, and this runs as …",
        "the oldest backup in … was made at …, later than that",
        "the file has no header line",
    ],
)
def test_texts_of_classes_of_arguments_and_of_constants_are_found(text: str) -> None:
    assert any(each.english.startswith(text) for each in messages())


def test_every_text_about_backups_is_there_in_chinese() -> None:
    assert [each.english for each in messages() if each.part == 0 and not each.chinese] == []
