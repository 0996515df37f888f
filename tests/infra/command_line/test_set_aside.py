"""Messages and endpoints that an operator has to decide about, on the command line of a cluster."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from alerts.endpoints import ENDPOINTS
from alerts.outbox import OUTBOX, Outbox, Outgoing, Unfit
from alerts.set_aside import take
from infra.installation import Installation
from tests.infra.command_line.clusters import Commands

NOW = datetime(2025, 6, 18, 1, 30, tzinfo=UTC)


@pytest.fixture
def set_aside(cluster: Commands) -> str:
    """A message that was set aside in the second shard, as it is listed."""
    installation = Installation.open(cluster.workers.settings, shard=1)
    with installation.database.transaction() as connection:
        Outbox(installation.vault).put(connection, [Outgoing("t", b"k", b"v", partition=3)], NOW)
        number = connection.execute(OUTBOX.select().order_by(OUTBOX.c.number.desc())).first()
        assert number is not None
        assert take(connection, number.number, Unfit("MessageSizeTooLargeError", 2), NOW)
    installation.close()
    (row,) = cluster.json("outbox", "list")
    return str(row["row"])


def test_a_message_that_was_set_aside_is_listed_and_sent_again(cluster: Commands, set_aside: str) -> None:
    assert set_aside.startswith("1:")
    shown = cluster("outbox", "list").stdout
    assert all(part in shown for part in (set_aside, "t", "3", "MessageSizeTooLargeError"))
    resent = cluster.json("outbox", "retry", set_aside, "--reason", "the limit was raised")
    assert resent == {"row": set_aside, "status": "resent"}
    assert cluster.json("outbox", "list") == []
    settled = cluster.json("outbox", "list", "--settled")[-1]
    assert (settled["status"], settled["reason"]) == ("resent", "the limit was raised")
    assert settled["settled_by"].endswith("(command line)")


def test_a_message_is_settled_once_and_with_a_reason(cluster: Commands, set_aside: str) -> None:
    assert cluster("outbox", "drop", set_aside).exit_code == 2
    assert cluster("outbox", "drop", set_aside, "--reason", "a test").exit_code == 0
    again = cluster("outbox", "retry", set_aside, "--reason", "a test")
    assert (again.exit_code, "dropped before" in again.stderr) == (1, True)


@pytest.mark.parametrize("row", ["1:99999", "7:1", "1", "x", "1:x", ":"])
def test_what_was_not_set_aside_cannot_be_settled(cluster: Commands, row: str) -> None:
    result = cluster("outbox", "drop", row, "--reason", "a test")
    assert (result.exit_code, "no such message" in result.stderr) == (1, True)


def test_a_disabled_endpoint_is_listed_and_enabled(cluster: Commands) -> None:
    installation = Installation.open(cluster.workers.settings, shard=0)
    with installation.database.transaction() as connection:
        disabled = {"endpoint": "city", "last_notice_id": 0, "disabled_at": NOW.isoformat()}
        connection.execute(insert(ENDPOINTS), disabled)
    installation.close()
    (listed,) = cluster.json("webhooks", "list")
    assert (listed["shard"], listed["endpoint"], listed["disabled_at"]) == (0, "city", NOW.isoformat())
    assert cluster.json("webhooks", "enable", "city") == [{"shard": 0, "endpoint": "city"}]
    (listed,) = cluster.json("webhooks", "list")
    assert listed["disabled_at"] is None
    assert cluster("webhooks", "enable", "city").exit_code == 1


def test_doctor_names_what_waits_for_somebody_to_decide(cluster: Commands, set_aside: str) -> None:
    """Also a disabled endpoint; no broker answers here, which is wrong too."""
    installation = Installation.open(cluster.workers.settings, shard=1)
    with installation.database.transaction() as connection:
        disabled = {"endpoint": "off", "last_notice_id": 0, "disabled_at": NOW.isoformat()}
        connection.execute(insert(ENDPOINTS), disabled)
    installation.close()
    checks = {check["check"]: check for check in cluster.json("doctor", exit_code=1)}
    assert checks["outbox (shard 0)"]["result"] == "ok"
    assert (checks["outbox (shard 1)"]["result"], "outbox list" in checks["outbox (shard 1)"]["detail"]) == (
        "note",
        True,
    )
    assert "webhooks enable" in checks["webhook off (shard 1)"]["detail"]
    assert cluster("outbox", "drop", set_aside, "--reason", "a test").exit_code == 0
