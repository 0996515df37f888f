"""Valid facts with sensible defaults; every field can be given instead.

The defaults fit together: one lead, named on 2025-06-18 by the bidder who registered and
insures that lead and holds a licence. All of it is synthetic.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from stdnum.cn import uscc

from domain.employers import NO_RENAMES, Renames
from domain.evidence import AppointmentCase, RecordedFact, appointment_cases, standing
from domain.evidence.coverage import Answer, Ask, Asking, Coverage, counted
from domain.evidence.winning import won_case
from domain.evidence.won import WonCase
from domain.facts.attendance import AttendanceRecorded, LeadChanged
from domain.facts.bidding import Bid, BidOpened, Lead, LeadAppointed, LeadCandidacy, StaffAppointed
from domain.facts.certificates import CertificateChanged, CertificateIssued
from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import BY_MONTH, DeliveryClosed, answering, places_around
from domain.facts.employers import EmployerRenamed, ExemptionRecorded
from domain.facts.fact import FactData, Org, Person
from domain.facts.insurance import InsurancePaid, InsuranceStated
from domain.facts.messages import MESSAGES
from domain.facts.registration import RegistrationCancelled, RegistrationRecorded
from domain.policy import Policy, PolicyBook
from domain.rule import Finding, judge

OPENED_AT = "2025-06-18T09:30:00+08:00"
OPENED_ON = date(2025, 6, 18)
MONTHS = ("2025-03", "2025-04", "2025-05")
"""The look-back months of the default opening."""
LONG_AFTER = datetime(2025, 12, 1, tzinfo=UTC)
"""All data of the look-back are due."""

_numbers = count(1)


def a_firm(name: str, number: int | None = None) -> Org:
    """A firm; with a ``number`` it has a valid unified social credit code."""
    if number is None:
        return Org(name=name)
    stem = f"91440101MA5{number:06d}"
    return Org(name=name, uscc=stem + uscc.calc_check_digit(stem))


BIDDER = a_firm("广州宏图建设工程有限公司", 1)
RIVAL = a_firm("深圳泰和市政工程有限公司", 2)
THIRD = a_firm("佛山南方路桥有限公司", 3)
FOURTH = a_firm("珠海云海建筑有限公司", 4)
BRANCH = a_firm("广州宏图建设工程有限公司深圳分公司")
TENDERER = a_firm("广州市交通投资集团有限公司", 9)

LEAD = Person(person_id="a1" * 32)
SOMEONE_ELSE = Person(person_id="b2" * 32)


def an_appointment(**given: Any) -> LeadAppointed:
    return LeadAppointed(
        **{
            "tender_id": "T-2025-001",
            "lot_id": "1",
            "person": LEAD,
            "bidder": BIDDER,
            "certificate_no": "粤1442020202100001",
            "project_code": "2506-440100-04-01-100001",
            "title": "测试路改造工程",
            "jurisdiction": "440100",
            "tenderer": TENDERER,
            "opened_at": OPENED_AT,
            **given,
        }
    )


def a_member(**given: Any) -> StaffAppointed:
    """The default person as the technical lead of the default bid."""
    told = an_appointment().model_dump(exclude={"certificate_no", "qualification", "required_qualification"})
    return StaffAppointed(**{**told, "roles": "技术负责人", **given})


def a_candidacy(**given: Any) -> LeadCandidacy:
    return LeadCandidacy(
        **{
            "tender_id": "T-2025-001",
            "lot_id": "1",
            "person": LEAD,
            "bidder": BIDDER,
            "rank": 1,
            "announced_at": "2025-06-25T10:00:00+08:00",
            **given,
        }
    )


def a_bid(**given: Any) -> Bid:
    lead = {"person": given.pop("person", LEAD), "certificate_no": given.pop("certificate_no", "粤1442020202100001")}
    return Bid(**{"bidder": BIDDER, "lead": Lead(**lead), **given})


def a_bid_opening(**given: Any) -> BidOpened:
    return BidOpened(
        **{
            "tender_id": "T-2025-001",
            "lot_id": "1",
            "project_code": "2506-440100-04-01-100001",
            "title": "测试路改造工程",
            "jurisdiction": "440100",
            "tenderer": TENDERER,
            "opened_at": OPENED_AT,
            "bids": (a_bid(),),
            **given,
        }
    )


def a_payment(**given: Any) -> InsurancePaid:
    """Paid on the 20th of its month unless told otherwise."""
    month = given.get("month", "2025-05")
    return InsurancePaid(
        **{
            "person": LEAD,
            "payer": BIDDER,
            "month": month,
            "scheme": "pension",
            "paid_on": f"{month}-20",
            **given,
        }
    )


def payments(payer: Org = BIDDER, months: Iterable[str] = MONTHS, **given: Any) -> tuple[InsurancePaid, ...]:
    """One payment a month."""
    return tuple(a_payment(payer=payer, month=month, **given) for month in months)


def a_closing(kind: str = "insurance-paid", period: str = "2025-05", **given: Any) -> DeliveryClosed:
    """Of Guangzhou for payments and attendance, of Guangdong for registers."""
    area = "440100" if kind in BY_MONTH else "440000"
    return DeliveryClosed(
        **{
            "kind": kind,
            "period": period,
            "area": area,
            "delivery_id": f"{kind}/{given.get('area', area)}/{period}",
            "rows": 1,
            **given,
        }
    )


def payments_closed(months: Iterable[str] = MONTHS, **given: Any) -> tuple[DeliveryClosed, ...]:
    """The payments of the look-back months are complete."""
    return tuple(a_closing(period=month, **given) for month in months)


def a_register_closed(kind: str = "registration-recorded", through: str = "2025-12-31") -> DeliveryClosed:
    return a_closing(kind, through)


YEARS_CLOSED = payments_closed(f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13))
"""Three years of payments."""


def a_statement(**given: Any) -> InsuranceStated:
    """The bureau of Guangzhou answers that it knows of no payment for the lead in the look-back months."""
    return InsuranceStated(**{"person": LEAD, "months": MONTHS, "area": "440100", **given})


def asking_of(facts: Iterable[RecordedFact]) -> Asking:
    """Answers from the closings among these facts; written apart from the tables that do the same."""
    closings = [(data, fact) for fact in counted(standing(facts)) if isinstance(data := fact.data, DeliveryClosed)]

    def answer(ask: Ask) -> Answer:
        about = [
            (data.through, fact.source, fact.id, fact)
            for data, fact in closings
            if data.kind in answering(ask.kind) and data.place in places_around(ask.area)
        ]
        about.sort(key=lambda each: each[:3])
        last = next(each for each in about if each[0] == about[-1][0]) if about else None
        covering = [
            each for each in about if each[0] == ask.period or (ask.kind not in BY_MONTH and each[0] > ask.period)
        ]
        return Answer(covering[0][3] if covering else None, last[0] if last else None, last[3] if last else None)

    return lambda asks: Coverage({ask: answer(ask) for ask in asks})


def a_registration(**given: Any) -> RegistrationRecorded:
    return RegistrationRecorded(
        **{
            "person": LEAD,
            "employer": BIDDER,
            "certificate_no": "粤1442020202100001",
            "qualification": "一级注册建造师（市政公用工程）",
            "valid_from": "2023-01-10",
            **given,
        }
    )


def a_cancellation(**given: Any) -> RegistrationCancelled:
    return RegistrationCancelled(
        **{"person": LEAD, "certificate_no": "粤1442020202100001", "cancelled_on": "2025-06-01", **given}
    )


def an_exemption(**given: Any) -> ExemptionRecorded:
    """The rival, a public institution, lawfully insures the lead, who works for the bidder."""
    return ExemptionRecorded(
        **{
            "person": LEAD,
            "ground": "public-institution",
            "workplace": BIDDER,
            "payer": RIVAL,
            "valid_from": "2024-01-01",
            "document_no": "EX-1",
            **given,
        }
    )


def a_licence(**given: Any) -> CertificateIssued:
    return CertificateIssued(
        **{
            "certificate_no": "粤JZ安许证字[2024]000001",
            "kind": "safety-production-licence",
            "holder": BIDDER,
            "status": "valid",
            "valid_from": "2024-01-01",
            "valid_to": "2026-12-31",
            **given,
        }
    )


def a_licence_change(**given: Any) -> CertificateChanged:
    given = {"status": "suspended", "valid_from": "2025-06-01", **given}
    return CertificateChanged(**{**a_licence().model_dump(), **given})


def a_safety_certificate(**given: Any) -> CertificateIssued:
    """A safety certificate B of the lead."""
    given = {"certificate_no": "粤建安B(2024)0000001", "kind": "safety-assessment-b", "holder": LEAD, **given}
    return a_licence(**given)


def a_renaming(**given: Any) -> EmployerRenamed:
    return EmployerRenamed(
        **{
            "uscc": BIDDER.uscc,
            "old_name": "广州旧名建设有限公司",
            "new_name": BIDDER.name,
            "on": "2025-01-01",
            **given,
        }
    )


def a_check_in(**given: Any) -> AttendanceRecorded:
    return AttendanceRecorded(
        **{
            "person": LEAD,
            "project_code": "2506-440100-04-01-100001",
            "checked_at": "2025-08-01T08:00:00+08:00",
            "direction": "in",
            "method": "face",
            **given,
        }
    )


def a_correction(of: RecordedFact, replacement: FactData | None = None, **given: Any) -> FactCorrected:
    replaced = {"type": replacement.type_name(), "data": replacement.model_dump()} if replacement else None
    retracts = {"source": of.source, "id": of.id}
    return FactCorrected(**{"retracts": retracts, "reason": "录入错误", "replacement": replaced, **given})


def a_message(data: FactData, **given: Any) -> dict[str, Any]:
    """``data`` as a CloudEvent in JSON terms."""
    number = next(_numbers)
    return {
        "specversion": "1.0",
        "id": f"message-{number}",
        "source": "urn:test:source",
        "type": data.type_name(),
        "time": "2025-06-18T12:00:00+08:00",
        "data": data.model_dump(mode="json", exclude_none=True),
        **given,
    }


def recorded(
    data: FactData, *, position: int | None = None, recorded_at: datetime | None = None, **given: Any
) -> RecordedFact:
    """``data`` as read back from a ledger; ``given`` are attributes of the message."""
    message = a_message(data, **given)
    position = position or next(_numbers)
    recorded_at = recorded_at or datetime(2025, 7, 1, tzinfo=UTC) + timedelta(seconds=position)
    return RecordedFact(MESSAGES[data.type_name()].model_validate(message), position, recorded_at)


def in_order(facts: Iterable[FactData]) -> tuple[RecordedFact, ...]:
    """Recorded one after the other, with ids of their order."""
    return tuple(recorded(data, position=index, id=f"{index:04d}") for index, data in enumerate(facts, 1))


def cases(
    facts: Iterable[RecordedFact],
    *,
    policy: Policy | None = None,
    now: datetime = LONG_AFTER,
) -> tuple[AppointmentCase, ...]:
    """The cases of facts as recorded, those about organisations among them."""
    asking = asking_of(facts := tuple(facts))
    facts = standing(facts)
    renamed = [fact.data for fact in facts if isinstance(fact.data, EmployerRenamed)]
    return appointment_cases(
        facts,
        facts,
        Renames.of(renamed) if renamed else NO_RENAMES,
        project_facts=facts,
        policies=PolicyBook(default=policy or Policy()),
        now=now,
        asking=asking,
    )


def a_case(
    *facts: FactData,
    policy: Policy | None = None,
    now: datetime = LONG_AFTER,
    closed: Iterable[FactData] | None = None,
) -> AppointmentCase:
    """The one case of the default appointment, unless ``facts`` hold another.

    Payments and registrations are complete, unless ``closed`` says what is.
    """
    appointed = () if any(isinstance(fact, LeadAppointed) for fact in facts) else (an_appointment(),)
    deliveries = (*YEARS_CLOSED, a_register_closed()) if closed is None else closed
    (case,) = cases((*in_order((*appointed, *facts)), *closings(deliveries)), policy=policy, now=now)
    return case


def closings(deliveries: Iterable[FactData]) -> tuple[RecordedFact, ...]:
    """Recorded after everything else."""
    return tuple(recorded(data, id=f"closed-{number:04d}") for number, data in enumerate(deliveries))


def finding(
    code: str,
    *facts: FactData,
    policy: Policy | None = None,
    now: datetime = LONG_AFTER,
    closed: Iterable[FactData] | None = None,
) -> Finding:
    """What one rule says about :func:`a_case`."""
    (found,) = (found for found in judge(a_case(*facts, policy=policy, now=now, closed=closed)) if found.rule == code)
    return found


def a_won_case(*facts: FactData, policy: Policy | None = None, now: datetime = LONG_AFTER) -> WonCase | None:
    """The won lot of the default appointment, unless ``facts`` hold another; None where nothing says it was won.

    Nothing is complete but what closings among the facts say.
    """
    appointed = () if any(isinstance(fact, LeadAppointed) for fact in facts) else (an_appointment(),)
    return won_of(in_order((*appointed, *facts)), policy=policy, now=now)


def won_of(
    facts: Iterable[RecordedFact], *, policy: Policy | None = None, now: datetime = LONG_AFTER
) -> WonCase | None:
    """The won lot of the one appointment of the default lead among facts as recorded."""
    facts = standing(facts)
    mine = [fact for fact in facts if not isinstance(fact.data, LeadAppointed) or fact.data.person == LEAD]
    (opening,) = cases(mine, policy=policy, now=now)
    code = f"project:{opening.appointment.project_code}"
    changes = [fact.data for fact in facts if isinstance(fact.data, LeadChanged)]
    changed = {person for change in changes for person in (change.old, change.new)}
    registered = {
        person.person_id: [fact for fact in facts if person.subject in fact.data.subjects] for person in changed
    }
    at_project = [fact for fact in facts if code in fact.data.subjects]
    return won_case(opening, facts, at_project, facts, registered, asking_of(facts))


def won_findings(code: str, *facts: FactData, policy: Policy | None = None) -> list[Finding]:
    """What one rule says about :func:`a_won_case`."""
    case = a_won_case(*facts, policy=policy)
    return [found for found in judge(case) if found.rule == code] if case else []
