"""The stream of notices as npm's ``eventsource`` reads it."""

from contextlib import ExitStack
from pathlib import Path

from bench.ports import free_port
from domain.access import Role
from tests.clients.programs import running
from tests.infra.http.served import ACTORS, served


def test_a_clue_raised_while_the_server_was_away_reaches_a_client_that_was_quiet(
    node: Path, packages: Path, tmp_path: Path
) -> None:
    """It was sent no notice before, and comes back by itself with the id of the beginning."""
    folder, port = tmp_path / "data", free_port()
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        with served(folder, http={"port": port}) as server:
            token = server.token(ACTORS[Role.SUPERVISOR])
            client = stack.enter_context(running(node, "stream.mjs", packages, MONITOR_URL=address, TOKEN=token))
            assert client.next() == "start 0 "
        with served(folder) as elsewhere:
            meanwhile = elsewhere.a_suspicious_opening()
        with served(folder, http={"port": port}):
            assert client.next() == "start 0 "
            kind, number, clue_id = client.next().split(" ")
            assert (kind, int(number) > 0, clue_id) == ("notice", True, meanwhile.clue_id)
