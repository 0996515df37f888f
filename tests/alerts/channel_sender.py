"""Makes processes that send the rows of one robot: ``python -m tests.alerts.channel_sender DATABASE URL``.

For each line of its input, the seconds by which a clock is ahead, it forks one and says its number: to start anew takes
seconds. The clock is ahead so that the lease of one that was killed has run out.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.channel_queue import ChannelQueue
from alerts.channels.robot import Robot
from alerts.channels.wecom import WECOM
from alerts.letters import Wording
from infra.storage.database import open_database


class Nobody:
    def find(self, account_ids: object, reaches: object) -> dict[str, str]:  # noqa: ARG002 - robots have no accounts
        return {}


async def send(file: str, url: str, ahead: float) -> None:
    database = open_database(Path(file))
    robot = Robot("city", WECOM, url, private_addresses=True, unlimited=True)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)

    await ChannelQueue(database, robot, Wording(), Nobody(), clock).run(look_seconds=0.05)


if __name__ == "__main__":
    for line in sys.stdin:
        number = os.fork()
        if not number:
            asyncio.run(send(sys.argv[1], sys.argv[2], float(line)))
        print(number, flush=True)  # noqa: T201 - the answer
        os.waitpid(number, 0)
