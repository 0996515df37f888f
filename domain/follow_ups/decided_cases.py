"""The follow-ups of approval cases for the month of their department: one message for each decided case."""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from domain.approval.case import ApprovalCase
from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.recorded import RecordedFact, standing
from domain.facts.approvals import ApprovalRecorded, CaseDecided
from domain.facts.corrections import FactCorrected, RetractedFact
from domain.facts.fact import OWN_PREFIX
from domain.follow_ups.follow_up import FollowUp, follow_up_id


def case_decided(case: ApprovalCase) -> CaseDecided | None:
    """The message to the department's month; None where the case is open or has no clock."""
    decided, clock = case.decided, case.clock
    if decided is None or clock is None:
        return None
    deadline = clock.deadline
    return CaseDecided(
        case_id=case.case_id,
        project_code=case.latest.project_code,
        jurisdiction=case.jurisdiction or None,
        department=case.latest.department,
        department_key=case.department_key,
        month=month_of(decided.day),
        decided_at=decided.at,
        elapsed_seconds=int((decided.at - clock.started).total_seconds()),
        paused_seconds=clock.paused_seconds,
        on_last_day=deadline is not None and deadline.on == day_in_shanghai(decided.at),
    )


def outstanding(case: ApprovalCase | None, recorded: Sequence[RecordedFact]) -> tuple[FollowUp, ...]:
    """The messages still to be sent about a case: a new one, and retractions of outdated ones.

    ``recorded`` are all facts about the case, retracted ones included.
    """
    wanted = {message.id: message for message in _wanted(case, recorded)}
    sent = {fact.id for fact in recorded if isinstance(fact.data, CaseDecided)}
    outdated = [fact for fact in standing(recorded) if isinstance(fact.data, CaseDecided) and fact.id not in wanted]
    new = [message for identity, message in wanted.items() if identity not in sent]
    cause = new[0].cause if new else None
    return (*(_retraction(fact, cause or recorded[-1]) for fact in outdated), *new)


def _wanted(case: ApprovalCase | None, recorded: Iterable[RecordedFact]) -> Iterator[FollowUp]:
    data = case_decided(case) if case is not None else None
    if case is not None and case.decided is not None and data is not None:
        yield FollowUp.of(case.decided.fact, f"decided/{_digest(data, recorded)}", data)


def _digest(data: CaseDecided, recorded: Iterable[RecordedFact]) -> str:
    """A hash of the message and of all facts from outside that it rests on; the same in any order of arrival.

    The facts are in it because a retraction is final: if a correction makes an earlier message true
    again, it must be sent under a new id.
    """
    kinds = (ApprovalRecorded.KIND, FactCorrected.KIND)
    outside = (fact for fact in recorded if not fact.source.startswith(OWN_PREFIX))
    known = sorted(fact.identity for fact in outside if fact.fact.data.KIND in kinds)
    return blake2b(json.dumps([data.model_dump_json(), known]).encode(), digest_size=16).hexdigest()


def _retraction(fact: RecordedFact, cause: RecordedFact) -> FollowUp:
    retracts = RetractedFact(source=fact.source, id=fact.id)
    data = FactCorrected(retracts=retracts, reason="what is known of the case has changed")
    return FollowUp(follow_up_id(fact, "retracted"), data, cause, cause.fact.recordedtime)
