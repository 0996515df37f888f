"""One city for all that is accepted here."""

import pytest

from tests.acceptance.city import City


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City.founded(tmp_path_factory.mktemp("city"))
