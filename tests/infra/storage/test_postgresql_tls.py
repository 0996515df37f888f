"""PostgreSQL over TLS, as the address asks for it. The server of the tests has none, so something stands before it."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from infra.storage.database import Database, look_into, open_database
from tests.kafka.certificates import CA_FILE, SERVER_FILE, make_certificates

SSL_REQUEST = 80_877_103
"""The protocol's own name for it (PostgreSQL, Message Formats)."""


class TlsFront(socketserver.ThreadingTCPServer):
    """Speaks TLS with whoever asks for it, and passes on what is said to a server that does not."""

    allow_reuse_address = True

    def __init__(self, server: tuple[str, int], certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = server
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)

    def handle_error(self, *_: object) -> None:
        """A client that does not trust us hangs up; it is the client that tells of it."""


class _Passing(socketserver.BaseRequestHandler):
    server: TlsFront

    def handle(self) -> None:
        asked = self.request.recv(8)
        assert int.from_bytes(asked[4:]) == SSL_REQUEST
        self.request.sendall(b"S")
        with (
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(self.server.behind) as behind,
        ):
            answering = threading.Thread(target=_pass_on, args=(behind, client))
            answering.start()
            _pass_on(client, behind)
            answering.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(64 * 1024):
            target.sendall(said)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def address(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """The database behind TLS; tmp_path holds the authority's certificate."""
    make_certificates(tmp_path)
    url = make_url(postgres_url)
    with TlsFront((str(url.host), int(url.port or 5432)), tmp_path / SERVER_FILE) as front:
        serving = threading.Thread(target=front.serve_forever)
        serving.start()
        yield url.set(host="127.0.0.1", port=front.server_address[1]).render_as_string(hide_password=False)
        front.shutdown()
        serving.join()


def trusting(address: str, authority: Path) -> str:
    return f"{address}?sslmode=verify-full&sslrootcert={authority}"


def speaks_tls(database: Database) -> bool:
    with database.read() as connection:
        return bool(connection.connection.driver_connection.pgconn.ssl_in_use)  # type: ignore[union-attr]


def test_a_database_is_reached_by_tls(address: str, postgres_url: str, tmp_path: Path) -> None:
    schema = f"shard_{uuid4().hex}"
    database = open_database(trusting(address, tmp_path / CA_FILE), schema=schema)
    try:
        assert speaks_tls(database)
    finally:
        with database.transaction() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        database.close()
    plain = look_into(postgres_url)
    assert not speaks_tls(plain)
    plain.close()


def test_a_database_whose_certificate_nobody_vouches_for_is_not_trusted(address: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_certificates(other)
    database = look_into(trusting(address, other / CA_FILE))
    with pytest.raises(OperationalError, match="SSL error"):
        speaks_tls(database)
    database.close()


def test_a_certificate_for_another_host_is_not_trusted(address: str, tmp_path: Path) -> None:
    elsewhere = trusting(address.replace("127.0.0.1", "db.example"), tmp_path / CA_FILE)
    database = look_into(f"{elsewhere}&hostaddr=127.0.0.1")
    with pytest.raises(OperationalError, match="does not match host name"):
        speaks_tls(database)
    database.close()
