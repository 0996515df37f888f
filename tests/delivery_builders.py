"""A bureau's files, and a clerk who takes them in as ``ingest`` does, into a monitor of tests."""

import asyncio
import csv
import io
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256

from domain.evidence.recorded import Knowledge
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from infra.deliveries.beginning import Asked, HandedOver, beginning
from infra.deliveries.checking import Checked, check
from infra.deliveries.sender import Answer, Refused
from infra.deliveries.taking import Counts, Delivering
from projections.questions.deliveries import Delivery, deliveries
from streams.importers.inputs import FileFormat, open_stream
from streams.importers.mapping import Mapped
from streams.importers.record import Source
from streams.intake.own_facts import prepare_own
from streams.node.commands import RecordDelivery
from streams.node.performing import delivery_message
from tests.monitor import OPERATOR, Monitor

BUREAU = "urn:test:bureau"
MAPPING = f"""
type = "insurance-paid"
source = "{BUREAU}"
id = "流水号"
time = "到账日期"
[fields]
"person.name" = "姓名"
"person.id_number" = "证件号码"
"payer.name" = "缴费单位"
month = {{ column = "月份", form = "month" }}
scheme = {{ constant = "pension" }}
paid_on = {{ column = "到账日期", form = "date" }}
"""
PAYMENTS = Mapped.model_validate(tomllib.loads(MAPPING))
HEADER = ("流水号", "姓名", "证件号码", "缴费单位", "月份", "到账日期")
PEOPLE = (("测试甲", "440106198501010015"), ("测试乙", "440106199002020029"), ("测试丙", "11010519491231002X"))
FIRM, OTHER_FIRM = "广州示例建设有限公司", "佛山南方路桥有限公司"

Row = tuple[str, str, str, str, str, str]


def a_row(number: int, *, payer: str = FIRM, month: str = "2025-05", person: int | None = None) -> Row:
    name, id_number = PEOPLE[(number if person is None else person) % len(PEOPLE)]
    return (f"SB-{number:06d}", name, id_number, payer, month, "2025-05-15")


def rows(*numbers: int) -> list[Row]:
    return [a_row(number) for number in numbers]


def a_file(content: Sequence[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *content])
    return text.getvalue().encode()


class Clerk:
    """Takes files into ``monitor``. ``dies_after`` so many calls of the ledger, as a process that is killed."""

    chunk = 100

    def __init__(self, monitor: Monitor, mapping: Mapped = PAYMENTS) -> None:
        self.monitor = monitor
        self.mapping = mapping
        monitor.register(mapping.source)
        self.dies_after: int | None = None
        self.closes = False

    def check(self, content: bytes, asked: Asked = Asked()) -> Checked:  # noqa: B008 - frozen
        return check(self.monitor.installation, self._file(content), asked, self._source(content))

    def take(self, content: bytes, asked: Asked = Asked()) -> DeliveryTaken:  # noqa: B008 - frozen
        """Whatever its bounds say."""
        return asyncio.run(self._take(content, asked))

    def known(self, at: datetime | None = None) -> list[Delivery]:
        with self.monitor.read() as connection:
            return deliveries(connection, self.monitor.installation.evidence(), knowledge=Knowledge(at))

    async def _take(self, content: bytes, asked: Asked) -> DeliveryTaken:
        installation = self.monitor.installation
        start = beginning(self._file(content), asked, self.known())
        checked = self.check(content, asked) if start.scope else None
        delivering = Delivering(
            checked.start if checked else start, checked, now=self.monitor.clock(), closes=self.closes
        )
        await delivering.begin(self)
        accepted = rejected = count = 0
        for record in delivering.records(self._source(content), done=0).records:
            count += 1
            rejected += bool(record.errors)
            for message in record.messages:
                receipt = self._sent([message], delivering.delivery_id)
                accepted += receipt[0]
                rejected += receipt[1]
        return await delivering.finish(self, installation, Counts(count, accepted, rejected, 0))

    def _sent(self, messages: Sequence[bytes], delivery_id: str) -> tuple[int, int]:
        self.live()
        prepared = replace(self.monitor.prepared(*messages), delivery_id=delivery_id)
        (receipt,) = self.monitor.shard.commit([prepared])
        return receipt.accepted, len(receipt.quarantined)

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        self.live()
        content = said.model_dump(mode="json", exclude_none=True)
        command = RecordDelivery(said.KIND, content, OPERATOR, at)
        self.monitor.shard.commit([prepare_own([delivery_message(command)])])

    async def say(self, messages: Sequence[bytes], delivery_id: str) -> None:
        _, rejected = self._sent(messages, delivery_id)
        assert not rejected

    def live(self) -> None:
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after < 0:
                raise Killed

    def _file(self, content: bytes) -> HandedOver:
        return HandedOver("payments.csv", sha256(content).hexdigest(), self.mapping, "clerk")

    def _source(self, content: bytes) -> Source:
        digest = self.monitor.installation.vault.digest
        return open_stream(io.BytesIO(content), FileFormat.CSV, mapping=self.mapping, derive_id=digest)


class LedgerSender:
    """A way into the ledger of ``monitor``. ``dies_after`` so many calls, as a process that is killed."""

    chunk = 2

    def __init__(self, monitor: Monitor, dies_after: int | None = None) -> None:
        self.clerk = Clerk(monitor)
        self.clerk.dies_after = dies_after

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        self.clerk.live()
        prepared = replace(self.clerk.monitor.prepared(*messages), delivery_id=delivery_id)
        (result,) = self.clerk.monitor.shard.commit([prepared])
        refused = (
            Refused(refusal.index, entry, tuple(asdict(error) for error in refusal.errors), refusal.partial)
            for refusal, entry in result.quarantined
        )
        return Answer(result.accepted, result.duplicates, tuple(refused))

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        await self.clerk.record(said, at)


class Killed(BaseException):
    """As ``kill -9``: nothing that runs afterwards in the process counts."""
