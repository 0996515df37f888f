"""A disk that is full."""

import time
from typing import NoReturn

import pytest

from tests.kafka.disk import Disk
from tests.kafka.proving_ground import ProvingGround
from tests.needs import cannot_be_had

pytestmark = pytest.mark.long

FULL_SECONDS = 6


def test_disk_of_the_database_is_full(ground: ProvingGround) -> None:
    """PostgreSQL's disk is full for six seconds; the server is started again if that has ended it."""
    with ground.fault():
        fill(ground.disks.database)
        ground.disks.database.free()
        if ground.postgres.process.poll() is not None:
            ground.postgres.start()


def test_disk_of_the_broker_is_full(ground: ProvingGround) -> None:
    """The broker's disk is full for six seconds; it is started again if that has ended it."""
    with ground.fault():
        fill(ground.disks.broker)
        ground.disks.broker.free()
        assert ground.broker.process is not None
        if ground.broker.process.poll() is not None:
            ground.broker.start()


def fill(disk: Disk) -> None:
    if not disk.real:
        no_disk()
    disk.fill()
    time.sleep(FULL_SECONDS)


def no_disk() -> NoReturn:
    cannot_be_had("A disk that may be filled", PermissionError("mount -t tmpfs is refused"))
