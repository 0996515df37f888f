"""What a trading system is told of each bid of an opening: one word, and the rules behind it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.evidence import AppointmentCase, StaffCase
from domain.evidence.lot import InsuredLeadCase, LotCase, UnidentifiedLeadCase
from domain.facts.fact import Org
from domain.rule import Case, Finding, FindingOutcome


class BidOutcome(StrEnum):
    """The gravest finding about a bid and its lead; ``unknown`` where no rule had evidence either way."""

    CONSISTENT = "consistent"
    SUSPECT = "suspect"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


_GRAVEST_FIRST: Final = (
    (BidOutcome.MISMATCH, {FindingOutcome.MISMATCH}),
    (BidOutcome.SUSPECT, {FindingOutcome.SUSPECT}),
    (BidOutcome.CONSISTENT, {FindingOutcome.CONSISTENT, FindingOutcome.EXEMPT}),
)


CompleteTo = dict[str, dict[str, str | None]]
"""By kind of data (``insurance``, ``registrations``) and area, the last month or day; None where nothing is."""


@dataclass(frozen=True, slots=True)
class BidVerdict:
    """``person_id`` is None where the lead could not be identified, ``bidder`` where not even the bidder could be read.

    ``rules`` are the codes of the rules behind the verdict: those that raised a clue, or else those
    that compared and found nothing. ``complete_to`` says how far the data are complete that the verdict rests on;
    None where there is no lead to compare.
    """

    tender_id: str
    lot_id: str
    bidder: str | None
    bidder_uscc: str | None
    person_id: str | None
    verdict: BidOutcome
    rules: tuple[str, ...]
    complete_to: CompleteTo | None = None


Judged = tuple[Case, Collection[Finding]]


def bid_verdicts(judged: Iterable[Judged]) -> tuple[BidVerdict, ...]:
    """One verdict for each bid and lead of the lots in ``judged``, sorted by lot, bidder and lead.

    Findings about a lot count for the bids that name the person they are about. Those that are about no
    person, such as equal prices, belong to no bid.
    """
    judged = tuple(judged)
    shared = [(case, finding) for case, findings in judged if isinstance(case, LotCase) for finding in findings]
    insured = [(case, findings) for case, findings in judged if isinstance(case, InsuredLeadCase)]
    verdicts = (
        _of_lead(case, findings, shared, insured)
        if isinstance(case, AppointmentCase)
        else _verdict(case.lot.opening.tender_id, case.lot.opening.lot_id, case.bidder, None, findings)
        for case, findings in judged
        if isinstance(case, AppointmentCase | UnidentifiedLeadCase) and not isinstance(case, StaffCase)
    )
    return tuple(sorted(verdicts, key=_place))


def _of_lead(
    case: AppointmentCase,
    findings: Collection[Finding],
    shared: Iterable[tuple[LotCase, Finding]],
    insured: Iterable[tuple[InsuredLeadCase, Collection[Finding]]],
) -> BidVerdict:
    appointment, key = case.appointment, case.bidder.key
    person_id, lot = appointment.person.person_id, appointment.lot
    further = [
        finding
        for of_lot, finding in shared
        if of_lot.subject == lot and any(_names(bid.people, finding) for bid in of_lot.bids if bid.bidder.key == key)
    ]
    for lead, found in insured:
        if lead.lot.subject == lot and (lead.person_id, lead.bidder.key) == (person_id, key):
            further += found
    verdict = _verdict(appointment.tender_id, appointment.lot_id, case.bidder, person_id, [*findings, *further])
    return replace(verdict, complete_to=case.complete_to)


def _place(verdict: BidVerdict) -> tuple[str, ...]:
    bidder = verdict.bidder_uscc or verdict.bidder or ""
    return verdict.tender_id, verdict.lot_id, bidder, verdict.person_id or ""


def _names(people: Collection[str], finding: Finding) -> bool:
    return finding.discriminator in people


def _verdict(
    tender_id: str, lot_id: str, bidder: Org | None, person_id: str | None, findings: Iterable[Finding]
) -> BidVerdict:
    said = [(finding.rule, finding.outcome) for finding in findings]
    outcomes = {outcome for _, outcome in said}
    verdict = next((verdict for verdict, of in _GRAVEST_FIRST if not of.isdisjoint(outcomes)), BidOutcome.UNKNOWN)
    makes_clue = verdict in (BidOutcome.MISMATCH, BidOutcome.SUSPECT)
    speaking = (pair for pair in said if pair[1] is not FindingOutcome.NO_EVIDENCE)
    behind = sorted({rule for rule, outcome in speaking if outcome.makes_clue == makes_clue})
    return BidVerdict(
        tender_id,
        lot_id,
        bidder.name if bidder else None,
        bidder.uscc if bidder else None,
        person_id,
        verdict,
        tuple(behind),
    )
