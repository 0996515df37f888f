"""The log over HTTP: everyone can check it, and only some can read it."""

from hashlib import sha256

import pytest

from domain.access import Role
from infra.transparency.checkpoint import open_checkpoint
from infra.transparency.leaf import parse_leaf
from infra.transparency.merkle import verify_consistency, verify_inclusion
from infra.transparency.tiles import right_edge
from tests.infra.http.served import ACTORS, FOREIGN, Served


@pytest.fixture(scope="module", autouse=True)
def size(server: Served) -> int:
    server.a_suspicious_opening()
    server.a_suspicious_opening()
    key = server.running.installation.log_identity.verifier()
    return open_checkpoint(server.request("GET", "/api/v1/log/checkpoint").body.decode(), key)[0].size


def hashes(answer: dict[str, list[str]]) -> list[bytes]:
    return [bytes.fromhex(each) for each in answer["hashes"]]


def test_anyone_can_check_that_an_entry_is_in_the_log(server: Served, size: int) -> None:
    checkpoint = server.request("GET", "/api/v1/log/checkpoint")
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    for position in (1, size):
        proof = server.request("GET", f"/api/v1/log/proof/inclusion?position={position}&size={size}").json()
        assert set(proof) == {"leaf_index", "tree_size", "leaf_hash", "root", "hashes"}
        assert (proof["leaf_index"], proof["tree_size"]) == (position - 1, size)
        leaf, root = bytes.fromhex(proof["leaf_hash"]), bytes.fromhex(proof["root"])
        verify_inclusion(position - 1, size, leaf, hashes(proof), root)


def test_the_entry_is_the_bytes_behind_the_leaf_hash(server: Served, size: int) -> None:
    answer = server.request("GET", f"/api/v1/log/entries/{size}", ACTORS[Role.AUDITOR])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    proof = server.request("GET", f"/api/v1/log/proof/inclusion?position={size}").json()
    assert sha256(b"\x00" + answer.body).hexdigest() == proof["leaf_hash"]
    assert parse_leaf(answer.body).position == size


def test_anyone_can_check_that_the_log_only_grew(server: Served, size: int) -> None:
    proof = server.request("GET", f"/api/v1/log/proof/consistency?first=3&second={size}").json()
    assert set(proof) == {"first", "second", "first_root", "second_root", "hashes"}
    roots = bytes.fromhex(proof["first_root"]), bytes.fromhex(proof["second_root"])
    verify_consistency(3, size, *roots, hashes(proof))


def test_the_tiles_of_a_checkpoint_are_there_for_everyone_and_stay(server: Served, size: int) -> None:
    for tile in right_edge(size):
        answer = server.request("GET", f"/api/v1/log/tile/{tile.path}")
        assert len(answer.body) == 32 * tile.width
        assert "immutable" in answer.headers["Cache-Control"]
    shorter = server.request("GET", "/api/v1/log/tile/0/000.p/2")
    assert shorter.status == 200
    assert len(shorter.body) == 64


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/000.p/300",
        "tile/7/000.p/1",
        "tile/x",
        "proof/inclusion?position=99999",
        "proof/inclusion?position=1&size=99999",
        "proof/inclusion?position=2&size=1",
        "proof/consistency?first=2&second=1",
        "checkpoint?witnessed=true",
    ],
)
def test_what_the_log_does_not_have_is_not_found(server: Served, path: str) -> None:
    assert server.request("GET", f"/api/v1/log/{path}").status == 404


@pytest.mark.parametrize("query", ["", "position=0", "position=x", "position=1&size=-1", "position=1&leaf=2"])
def test_a_question_that_is_none_is_refused(server: Served, query: str) -> None:
    assert server.request("GET", f"/api/v1/log/proof/inclusion?{query}").status == 400


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR])
def test_who_is_bound_to_a_jurisdiction_cannot_read_entries_of_all(server: Served, role: Role) -> None:
    assert server.request("GET", "/api/v1/log/entries/1", ACTORS[role]).status == 200
    assert server.request("GET", "/api/v1/log/entries/1", FOREIGN[role]).status == 404


@pytest.mark.parametrize("position", ["0", "-1", "x", "99999", "1e3", "9" * 40])
def test_an_entry_that_is_not_there_is_not_found(server: Served, position: str) -> None:
    assert server.request("GET", f"/api/v1/log/entries/{position}", ACTORS[Role.AUDITOR]).status == 404


@pytest.mark.parametrize("path", ["entries/000", "entries/000.p/1"])
def test_bundles_of_entries_are_not_served_and_the_answer_says_why(server: Served, path: str) -> None:
    answer = server.request("GET", f"/api/v1/log/tile/{path}")
    assert (answer.status, answer.json()["code"]) == (404, "no_entry_bundles")
