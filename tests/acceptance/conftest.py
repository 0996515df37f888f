"""One city for all that is accepted here; ``make test-long`` takes a larger one."""

import pytest

from tests.acceptance.city import LARGE, SMALL, City


@pytest.fixture(
    scope="session",
    params=[pytest.param(SMALL, id="small city"), pytest.param(LARGE, id="large city", marks=pytest.mark.long)],
)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> City:
    return City.founded(tmp_path_factory.mktemp("city"), request.param)
