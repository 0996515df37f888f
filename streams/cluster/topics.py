"""The topics 主题: what each carries, and what its keys are.

One table for everything that names a topic: creating them, the worker's agents, the
publisher, AsyncAPI and the checks. A message's key is its first subject (``lot:…``,
``person:…``, ``case:…``), so that all that is said of a subject meets in one partition.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from streams.intake.sizes import INBOUND_BATCH_BYTES, OUR_BATCH_BYTES

BULK_LINES: Final = 100
"""Most events in one record of a bulk topic."""
CLEANUP: Final = "delete"
"""No topic is compacted: of two facts, or two notices, with one key both count."""


class Flow(StrEnum):
    """Who writes a topic, and who reads it."""

    INBOUND = "inbound"
    """Sources write, workers read."""
    INTERNAL = "internal"
    """Publishers write, workers read: nobody outside may write here."""
    OUTBOUND = "outbound"
    """Publishers write, whoever is entitled reads."""


@dataclass(frozen=True, slots=True)
class Topic:
    """``kinds`` are the message kinds it carries; those of any topic may come besides, and all others are refused.

    ``retention_hours`` None keeps what the broker's own default says.
    """

    name: str
    title: str
    key: str
    flow: Flow
    kinds: tuple[str, ...] = ()
    bulk: bool = False
    retention_hours: int | None = None

    @property
    def batch_bytes(self) -> int:
        """The largest batch of records that the broker may take, after compression."""
        return INBOUND_BATCH_BYTES if self.flow is Flow.INBOUND else OUR_BATCH_BYTES

    @property
    def configuration(self) -> dict[str, str]:
        """As Kafka is told when the topic is made."""
        settings = {"cleanup.policy": CLEANUP, "max.message.bytes": str(self.batch_bytes)}
        if self.retention_hours is not None:
            settings["retention.ms"] = str(self.retention_hours * 3_600_000)
        return settings


BID_OPENINGS: Final = Topic(
    "tender.bid-openings.v1",
    "Bid openings, candidates and awards 开标、中标候选人、中标",
    "lot:{tender_id}/{lot_id}",
    Flow.INBOUND,
    ("bid-opened", "candidates-announced", "award-announced", "lot-imported"),
)
REGISTRATIONS: Final = Topic(
    "tender.registrations.v1",
    "Registrations, exemptions and renamed employers 注册、例外情形、更名",
    "person:{person_id} or org:{uscc}",
    Flow.INBOUND,
    ("registration-recorded", "registration-cancelled", "exemption-recorded", "employer-renamed"),
)
INSURANCE_PAYMENTS: Final = Topic(
    "tender.insurance-payments.v1",
    "Social-insurance payments, and answers to enquiries 社保缴纳、查询答复",
    "person:{person_id}",
    Flow.INBOUND,
    ("insurance-paid", "insurance-stated"),
)
ATTENDANCE: Final = Topic(
    "tender.attendance.v1",
    "Attendance, site inspections and the life of projects 考勤、到岗检查、项目",
    "person:{person_id} or project:{project_code}",
    Flow.INBOUND,
    (
        "attendance-recorded",
        "site-inspected",
        "project-started",
        "project-completed",
        "project-suspended",
        "lead-changed",
    ),
)
ATTENDANCE_BULK: Final = Topic(
    "tender.attendance-bulk.v1",
    f"The same as NDJSON, at most {BULK_LINES} lines a record, all of people of one partition",
    "person:{person_id} of any one of them",
    Flow.INBOUND,
    ATTENDANCE.kinds,
    bulk=True,
)
CERTIFICATES: Final = Topic(
    "tender.certificates.v1",
    "Electronic certificates of firms and people 电子证照",
    "person:{person_id} or org:{uscc}",
    Flow.INBOUND,
    ("certificate-issued", "certificate-changed"),
)
APPROVALS: Final = Topic(
    "tender.approvals.v1",
    "Steps of approval cases 审批",
    "case:{case_id}",
    Flow.INBOUND,
    ("approval-recorded",),
)
CONDUCT: Final = Topic(
    "tender.conduct.v1",
    "Conduct records 良好/不良行为记录",
    "person:{person_id} or org:{uscc}",
    Flow.INBOUND,
    (
        "conduct-recorded",
        "conduct-objected",
        "conduct-upheld",
        "conduct-corrected",
        "conduct-withdrawn",
        "conduct-restored",
    ),
)
DELIVERIES: Final = Topic(
    "tender.deliveries.v1",
    "Closed deliveries: of a kind, an area and a period this is all 数据报送完毕",
    "delivery:{delivery_id}",
    Flow.INBOUND,
    ("delivery-closed",),
)
FOLLOW_UPS: Final = Topic(
    "tender.follow-ups.v1",
    "What one shard sends to another: facts of its subjects, and what follows for them",
    "the subject, such as person:{person_id}",
    Flow.INTERNAL,
)
NOTICES: Final = Topic(
    "tender.notices.v1",
    "Notices 提示信息: thin, without personal data",
    "notice:{clue_id}:{role}:{recipient}; of a recipient without a code, name-{digest of the name}",
    Flow.OUTBOUND,
)
DEAD_LETTERS: Final = Topic(
    "tender.dead-letter.v1",
    "Records that did not get in, byte for byte; as personal as what they were",
    "as it was sent",
    Flow.OUTBOUND,
    retention_hours=14 * 24,
)

TOPICS: Final = (
    BID_OPENINGS,
    REGISTRATIONS,
    INSURANCE_PAYMENTS,
    ATTENDANCE,
    ATTENDANCE_BULK,
    CERTIFICATES,
    APPROVALS,
    CONDUCT,
    DELIVERIES,
    FOLLOW_UPS,
    NOTICES,
    DEAD_LETTERS,
)
FED: Final = tuple(topic for topic in TOPICS if topic.flow is not Flow.OUTBOUND)
"""What workers read; all have the same number of partitions."""
URGENT: Final = frozenset({BID_OPENINGS, FOLLOW_UPS})
"""Topics whose messages people wait for."""
ON_ANY_TOPIC: Final = ("fact-corrected", "source-heartbeat")
"""A source corrects itself, and gives signs of life, on the topic it uses."""
INBOUND_KINDS: Final = {kind: topic for topic in TOPICS if not topic.bulk for kind in topic.kinds}
"""Where a kind of message belongs."""
