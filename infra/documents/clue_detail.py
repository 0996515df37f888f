"""One clue with what it rests on: evidence by month, history, and who was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from alerts.inbox import Notice, sent
from alerts.waiting_notices import waiting_since
from domain.access import Actor
from domain.bid_verdict import CompleteTo
from domain.employers.credit_code import credit_code_in
from domain.evidence import AppointmentCase
from domain.evidence.comparison import (
    CertificateRow,
    MonthRow,
    RegistrationRow,
    certificates_on_opening,
    payer_by_month,
    registrations_on_opening,
)
from domain.evidence.recorded import EVERYTHING
from infra.documents.clues import clue_document, named
from infra.documents.plain import document
from infra.identity.vault import Vault
from projections.questions import clue_queries
from projections.questions.as_of import AsOf
from projections.questions.clue_queries import ShownClue

_OF_LEADS: Final = ("appointments", "won_lots")
"""The kinds of cases that are about the lead of one bid, whose evidence at the opening is shown."""


@dataclass(frozen=True, slots=True)
class ClueEvidence:
    """Payer by look-back month, registrations and certificates on the opening day, beside the bidder."""

    opened_on: date
    months: tuple[MonthRow, ...]
    registrations: tuple[RegistrationRow, ...]
    certificates: tuple[CertificateRow, ...]


@dataclass(frozen=True, slots=True)
class ClueDetail:
    """``evidence`` is None where the clue is about no lead, or the appointment itself was retracted.

    ``complete_to`` says how far the data are complete that its case rests on, as in the verdict about the
    bid. ``notices`` are those the reader may see. The clue changed at ``notices_wait_since``, and whom to tell of it
    is decided once what had come by then is recorded; None where nothing waits.
    """

    clue: ShownClue
    evidence: ClueEvidence | None
    notices: tuple[Notice, ...]
    complete_to: CompleteTo | None = None
    notices_wait_since: datetime | None = None


def clue_detail(
    connection: Connection, as_of: AsOf, vault: Vault, actor: Actor, clue_id: UUID, *, now: datetime
) -> ClueDetail:
    """Raises NotFound where the actor may not see it."""
    clue = named(connection, vault, actor, (clue_queries.clue(connection, actor, clue_id),))[0]
    case = _appointment(connection, as_of, clue, now) if clue.case_kind in _OF_LEADS else None
    evidence = _evidence(case, for_a_party=not actor.may_see_other_firms) if case else None
    notices = tuple(notice for notice in sent(connection, clue_id) if _may_see(actor, notice))
    waits = waiting_since(connection, clue_id)
    return ClueDetail(clue, evidence, notices, case.complete_to if case else None, waits)


def detail_document(detail: ClueDetail) -> dict[str, Any]:
    """The clue with its evidence, how far that is complete, its history and the notices sent."""
    return {
        **clue_document(detail.clue),
        "evidence": document(detail.evidence) if detail.evidence else None,
        "complete_to": detail.complete_to,
        "notices": notice_documents(detail.notices),
        "notices_wait_since": detail.notices_wait_since.isoformat() if detail.notices_wait_since else None,
    }


def notice_documents(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """To whom what was sent and when, without its words."""
    return [
        {
            "notice_id": notice.notice_id,
            "revision": notice.revision,
            "recipient": document(notice.recipient),
            "occasion": notice.occasion,
            "created_at": notice.created_at.isoformat(),
            "read_at": notice.read_at.isoformat() if notice.read_at else None,
        }
        for notice in notices
    ]


def _appointment(connection: Connection, as_of: AsOf, clue: ShownClue, now: datetime) -> AppointmentCase | None:
    assert clue.person_id is not None
    cases = as_of.cases(connection, clue.person_id, knowledge=EVERYTHING, now=now)
    return next((case for case in cases if _is_about(clue, case)), None)


def _is_about(clue: ShownClue, case: AppointmentCase) -> bool:
    appointment = case.appointment
    lot = appointment.tender_id, appointment.lot_id
    # The clue may have the code of a bidder that the opening names without one.
    if clue.bidder is None or clue.bidder.name != case.bidder.name:
        return False
    same_code = case.bidder.uscc == clue.bidder.uscc or credit_code_in(case.bidder) is None
    return same_code and lot == (clue.tender_id, clue.lot_id)


def _evidence(case: AppointmentCase, *, for_a_party: bool) -> ClueEvidence:
    return ClueEvidence(
        case.opened_on,
        payer_by_month(case, for_a_party=for_a_party),
        registrations_on_opening(case, for_a_party=for_a_party),
        certificates_on_opening(case),
    )


def _may_see(actor: Actor, notice: Notice) -> bool:
    """Those who read the whole case see all that was sent; a party sees its own."""
    if actor.may_read_dossiers:
        return True
    return notice.recipient.role is actor.role and actor.is_organisation(notice.recipient.key)
