from tools.steps import PAGE, page


def test_the_page_of_investigations_is_up_to_date() -> None:
    """Write it anew with ``make steps``."""
    assert PAGE.read_text(encoding="utf-8") == page()
