"""The server that the tests of single calls share."""

from tests.infra.http.conftest import server

__all__ = ["server"]
