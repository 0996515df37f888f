"""A cluster whose brokers want TLS, a name and a password, and one that wants TLS of its database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from infra.cluster.checks import cluster_checks
from infra.installation import Installation
from infra.settings import Kafka, Settings
from tests.kafka.certificates import CA_FILE, make_certificates
from tests.kafka.cluster import Cluster, eventually
from tests.kafka.feeding import City, produce

Make = Callable[[int, str], Cluster]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_worker_publisher_and_doctor_come_in_by_tls_and_password(
    make_cluster: Make, town: City, mechanism: str
) -> None:
    """Topics are made the same way. Keys of the source's own: what is sent on goes through the publisher."""
    cluster = make_cluster(2, mechanism)
    cluster.start("publisher")
    cluster.start("worker")
    sent = town.records(own_keys=True)[:300]
    produce(cluster.broker.address, sent)
    wanted = len(set(town.lines[:300]))
    eventually(lambda: cluster.outside_facts() == wanted, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("outbox"), otherwise=cluster.logged)
    assert all(check.right for check in cluster_checks(cluster.settings))


@pytest.mark.parametrize("wrong", [{"password": SecretStr("guessed")}, {"username": None, "password": None}])
def test_who_has_no_password_is_not_let_in(make_cluster: Make, wrong: dict[str, object]) -> None:
    assert not reached(make_cluster(1, "SCRAM-SHA-512"), **wrong)


def test_brokers_whose_certificate_nobody_vouches_for_are_not_trusted(make_cluster: Make, tmp_path: Path) -> None:
    make_certificates(tmp_path)
    assert not reached(make_cluster(1, "SCRAM-SHA-512"), ca_file=tmp_path / CA_FILE)


def test_a_database_without_tls_is_refused_where_tls_is_asked_for(postgres_url: str, tmp_path: Path) -> None:
    """What the address says of TLS reaches the driver; the PostgreSQL of the tests has none."""
    with pytest.raises(OperationalError, match="does not support SSL"):
        Installation.open(Settings(data=tmp_path / "data", database=f"{postgres_url}?sslmode=verify-full"))


def reached(cluster: Cluster, **otherwise: object) -> bool:
    """Whether ``doctor`` finds the brokers with these settings changed."""
    settings = cluster.settings
    kafka: Kafka = settings.kafka.model_copy(update=otherwise)
    found = {check.check: check.right for check in cluster_checks(settings.model_copy(update={"kafka": kafka}))}
    return found["brokers"]
