"""The examples of docs/clients do what their first line says: an opening, its verdict, its notice, its proof."""

import sys
from pathlib import Path

import pytest

from domain.access import Role
from tests.clients import tools
from tests.clients.conftest import Had
from tests.infra.http.served import ACTORS, SOURCE, Served

EXAMPLES = tools.EXAMPLES


@pytest.fixture
def environment(server: Served) -> dict[str, str]:
    return {
        "MONITOR_URL": server.url,
        "EVENT_SOURCE": SOURCE,
        "SOURCE_TOKEN": server.token(ACTORS[Role.SOURCE]),
        "SUPERVISOR_TOKEN": server.token(ACTORS[Role.SUPERVISOR]),
        "LOG_KEY": str(server.running.installation.log_identity.verifier()),
    }


def check(said: str) -> None:
    verdict, notice, proof = said.splitlines()
    assert verdict.startswith("verdict: mismatch")
    assert "E101" in verdict
    assert (notice, proof) == ("notice: raised E101", "proof: holds")


def test_python(client_tool: Had, environment: dict[str, str]) -> None:
    check(tools.run([sys.executable, "example.py"], cwd=EXAMPLES / "python", environment=environment))


def test_typescript(client_tool: Had, node: Path, environment: dict[str, str]) -> None:
    folder = client_tool(lambda: tools.node_packages(EXAMPLES / "typescript"))
    tools.run([str(node), "node_modules/typescript/bin/tsc"], cwd=folder)
    check(tools.run([str(node), "example.js"], cwd=folder, environment=environment))


def test_go(client_tool: Had, environment: dict[str, str]) -> None:
    program = client_tool(tools.go)
    check(tools.run([str(program), "run", "."], cwd=EXAMPLES / "go", environment=environment))


def test_java(client_tool: Had, environment: dict[str, str]) -> None:
    program = client_tool(tools.java)
    libraries = client_tool(lambda: tools.jars(EXAMPLES / "java"))
    utf8 = ["-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "--source", "17"]
    command = [str(program), *utf8, "-cp", f"{libraries}/*", "Example.java"]
    check(tools.run(command, cwd=EXAMPLES / "java", environment={**environment, "LC_ALL": "C.UTF-8"}))
