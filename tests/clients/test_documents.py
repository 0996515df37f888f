"""OpenAPI and AsyncAPI in the eyes of their own tools: no error, and clients that compile and answer types."""

import compileall
import json
import sys
from pathlib import Path

import pytest

from domain.access import Role
from infra.http import asyncapi, openapi
from infra.serving.application import ROUTES
from tests.clients import tools
from tests.clients.conftest import Had
from tests.infra.http.served import ACTORS, Served

TYPED_PYTHON = """
import os
from tender_monitor_client import AuthenticatedClient
from tender_monitor_client.api.clues import list_clues
from tender_monitor_client.models import Clue, CluePage, Severity
client = AuthenticatedClient(base_url=os.environ["MONITOR_URL"], token=os.environ["TOKEN"])
page = list_clues.sync(client=client)
assert isinstance(page, CluePage), page
clue = page.items[0]
assert isinstance(clue, Clue)
print(clue.rule, clue.severity is Severity.HIGH, clue.occurred_at.year, clue.facts[0].position > 0)
"""
TYPED_TYPESCRIPT = """
import { CluesApi, Configuration, type Clue } from "./index.js";
const { MONITOR_URL, TOKEN } = process.env;
const api = new CluesApi(new Configuration({ basePath: MONITOR_URL, accessToken: TOKEN }));
const clue: Clue = (await api.listClues()).items[0]!;
const year: number = clue.occurredAt.getFullYear();
console.log(clue.rule, clue.severity === "high", year, clue.facts[0]!.position > 0);
"""
COMPILING = {
    "target": "es2022",
    "module": "nodenext",
    "strict": True,
    "skipLibCheck": True,
    "types": ["node"],
}
OF_PYTHON = {
    "project_name_override": "tender-monitor-client",
    "package_name_override": "tender_monitor_client",
    "post_hooks": [],
    "content_type_overrides": {
        "application/cloudevents+json": "application/json",
        "application/cloudevents-batch+json": "application/json",
        "application/x-ndjson": "application/octet-stream",
        "application/problem+json": "application/json",
    },
}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI document in a file."""
    file = tmp_path_factory.mktemp("openapi") / "openapi.json"
    file.write_text(json.dumps(openapi.document(ROUTES)), encoding="utf-8")
    return file


@pytest.fixture
def typed(server: Served) -> dict[str, str]:
    """For a client that reads the clues; there is one."""
    server.a_suspicious_opening()
    return {"MONITOR_URL": server.url, "TOKEN": server.token(ACTORS[Role.SUPERVISOR])}


def test_redocly_and_spectral_find_nothing_by_their_recommended_rules(
    node: Path, packages: Path, described: Path
) -> None:
    assert tools.run([str(node), "openapi.mjs", str(described)], cwd=packages) == ""


def test_openapi_spec_validator_finds_nothing(client_tool: Had, described: Path) -> None:
    folder = client_tool(tools.python_packages)
    command = [sys.executable, "-m", "openapi_spec_validator", str(described)]
    assert tools.run(command, environment={"PYTHONPATH": str(folder)}).strip().endswith("OK")


def test_the_parser_of_asyncapi_finds_no_error(node: Path, packages: Path, tmp_path: Path) -> None:
    file = tmp_path / "asyncapi.json"
    file.write_text(json.dumps(asyncapi.document()), encoding="utf-8")
    assert tools.run([str(node), "asyncapi.mjs", str(file)], cwd=packages) == ""


def test_a_generated_python_client_answers_typed_clues(
    client_tool: Had, described: Path, typed: dict[str, str], tmp_path: Path
) -> None:
    folder = client_tool(tools.python_packages)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(OF_PYTHON), encoding="utf-8")
    made = tmp_path / "made"
    generate = ["generate", "--path", str(described), "--output-path", str(made), "--config", str(config)]
    said = tools.run(
        [sys.executable, "-m", "openapi_python_client", *generate], environment={"PYTHONPATH": str(folder)}
    )
    assert "WARNING" not in said
    assert compileall.compile_dir(made, quiet=2)
    both = f"{made}:{folder}"
    said = tools.run([sys.executable, "-c", TYPED_PYTHON], environment={**typed, "PYTHONPATH": both})
    assert said.split() == ["E101", "True", "2025", "True"]


def test_a_generated_typescript_client_compiles_and_answers_typed_clues(
    client_tool: Had, node: Path, packages: Path, described: Path, typed: dict[str, str], tmp_path: Path
) -> None:
    program, generator = client_tool(tools.java), client_tool(tools.openapi_generator)
    made = tmp_path / "made"
    named = ["-g", "typescript-fetch", "--additional-properties=supportsES6=true,importFileExtension=.js"]
    tools.run([str(program), "-jar", str(generator), "generate", "-i", str(described), "-o", str(made), *named])
    options = {**COMPILING, "typeRoots": [str(packages / "node_modules" / "@types")]}
    configured = {"compilerOptions": options, "files": ["example.ts"]}
    (made / "tsconfig.json").write_text(json.dumps(configured), encoding="utf-8")
    (made / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (made / "example.ts").write_text(TYPED_TYPESCRIPT, encoding="utf-8")
    tools.run([str(node), str(packages / "node_modules" / "typescript" / "bin" / "tsc")], cwd=made)
    assert tools.run([str(node), "example.js"], cwd=made, environment=typed).split() == ["E101", "true", "2025", "true"]
