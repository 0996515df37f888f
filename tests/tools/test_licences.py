"""What the lock files name may be used, and docs/licences.md says by which licence."""

import pytest

from tools.licences import PAGE, Licensed, licence_of, licences, page


def test_every_locked_package_has_a_licence_that_is_allowed() -> None:
    assert [each for each in licences() if not each.allowed] == []


def test_the_page_of_licences_is_that_of_the_locked_packages() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make licences"


@pytest.mark.parametrize(
    ("licence", "shipped", "allowed"),
    [
        ("MIT", True, True),
        ("MIT AND GPL-3.0-only", True, False),
        ("GPL-3.0-only OR MIT", True, True),
        ("(Apache-2.0 AND MIT)", True, True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False, True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", True, False),
        ("AGPL-3.0-only", False, False),
        ("nothing said", True, False),
    ],
)
def test_all_of_what_is_joined_and_one_of_what_is_offered_must_be_allowed(
    licence: str, shipped: bool, allowed: bool
) -> None:
    assert Licensed("package", licence, shipped).allowed == allowed


def test_a_package_that_is_not_installed_is_not_guessed_at() -> None:
    assert licence_of("no-such-package-here") == "not installed"
