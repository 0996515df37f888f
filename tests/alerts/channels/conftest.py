from pathlib import Path

import pytest

from tests.kafka.certificates import make_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificate of an authority, and that of a server on this machine."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder
