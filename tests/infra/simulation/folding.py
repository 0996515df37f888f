"""A city's lines judged by the real rules, without the shard: what the truth file is checked against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.employers import Renames
from domain.evidence import AppointmentCase, RecordedFact, StaffCase, appointment_cases, standing
from domain.evidence.coverage import Asking
from domain.evidence.lot import InsuredLeadCase, LotCase, insured_lead_cases, lot_case
from domain.evidence.payer import PayerCase, payer_cases
from domain.evidence.winning import won_case
from domain.evidence.won import WonCase
from domain.facts.attendance import AttendanceRecorded, LeadChanged, ProjectFact
from domain.facts.bidding import AwardAnnounced, BidOpened
from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import DeliveryClosed
from domain.facts.employers import EmployerRenamed
from domain.facts.fact import DoorPerson, Fact, FactData, Person
from domain.facts.messages import MESSAGES
from domain.follow_ups.appointments import outstanding
from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE
from domain.follow_ups.insured_leads import outstanding as statements_of
from domain.policy import PolicyBook
from domain.rule import RULEBOOK, Case, judge
from tests.builders import asking_of

LONG_AFTER = datetime(2026, 12, 1, tzinfo=UTC)
_JSON: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])

Clue = tuple[str, str, str, str | None, str | None, str | None, str | None]
"""Rule, outcome, severity, person_id, bidder, tender, lot."""


def person_id(identity: str) -> str:
    return sha256(identity.encode()).hexdigest()


class PlainDoor:
    """Hashes identities without a key: these people do not exist."""

    def identify(self, person: dict[str, Any]) -> Person:
        checked = DoorPerson.model_validate(person)
        return Person(person_id=person_id(checked.identity), name_key=sha256(checked.name.encode()).hexdigest())


def read(line: bytes) -> Fact[FactData]:
    """The typed fact of a line; raises a ValidationError as the door would."""
    message = _JSON.validate_json(line)
    return MESSAGES[message["type"]].model_validate(message, context=PlainDoor())


def errors_of(line: bytes) -> list[tuple[str, str]]:
    """Field and code of everything that is wrong with a line."""
    try:
        read(line)
    except ValidationError as error:
        told = error.errors(include_input=False, include_context=False, include_url=False)
        return [(_field(one["loc"]), one["type"]) for one in told]
    return []


def _field(place: tuple[int | str, ...]) -> str:
    """As answers name it: ``data.bids[0].lead``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


@dataclass
class Folded:
    """Facts of a whole city by what they are about; attendance left out."""

    by_subject: dict[str, list[RecordedFact]]
    corrections: list[RecordedFact]

    @classmethod
    def of(cls, lines: Iterable[bytes]) -> "Folded":
        folded = cls(defaultdict(list), [])
        for position, line in enumerate(lines, 1):
            folded._add(RecordedFact(read(line), position, LONG_AFTER))
        return folded

    def _add(self, fact: RecordedFact) -> None:
        if isinstance(fact.data, FactCorrected):
            self.corrections.append(fact)
        elif not isinstance(fact.data, AttendanceRecorded):
            for subject in fact.data.subjects:
                self.by_subject[subject].append(fact)

    def about(self, subject: str) -> list[RecordedFact]:
        """What stands about a subject, replacements included."""
        stands = standing([*self.by_subject.get(subject, ()), *self.corrections])
        return [fact for fact in stands if subject in fact.data.subjects]

    def clues(self) -> Iterator[Clue]:
        """Every clue about an appointment, a lot, a lead insured by a rival, or a payer."""
        said: list[RecordedFact] = []
        for case in self._appointment_cases():
            said += [_recorded(each.id, each.data) for each in statements_of(case.subject, case, [case.appointed])]
            person, bidder, lot, *_ = case.subject.split("|")
            yield from _clues(case, person, bidder, lot)
            won = None if isinstance(case, StaffCase) else self._won_case(case)
            yield from _clues(won, person, bidder, lot) if won else ()
        by_lot = defaultdict(list)
        for fact in said:
            by_lot[fact.data.subjects[-2]].append(fact)
        for lot in self._lots():
            yield from self._clues_of_lot(lot, by_lot[lot])
        for payer in payer_cases(said, self._renames, policies=PolicyBook()):
            yield from _clues(payer, None, payer.payer.key, None)

    def _clues_of_lot(self, lot: str, said: list[RecordedFact]) -> Iterator[Clue]:
        case = lot_case(self.about(lot), policies=PolicyBook())
        assert case is not None
        yield from _clues(case, None, None, lot.removeprefix("lot:"))
        for lead in insured_lead_cases(case, said, self._renames):
            yield from _clues(lead, lead.person_id, lead.bidder.key, lot.removeprefix("lot:"))

    def _appointment_cases(self) -> Iterator[AppointmentCase]:
        for subject, appointed in self._appointments.items():
            bidders = {org for fact in appointed for org in fact.data.bidder.subjects}  # type: ignore[attr-defined]
            licences = [fact for bidder in sorted(bidders) for fact in self.about(bidder)]
            about = self.about(subject)
            yield from appointment_cases(
                [*about, *appointed],
                {fact.identity: fact for fact in licences}.values(),
                self._renames,
                project_facts=self._about_projects(about),
                policies=PolicyBook(),
                now=LONG_AFTER,
                asking=self._asking,
            )

    def _won_case(self, opening: AppointmentCase) -> WonCase | None:
        project = f"project:{opening.appointment.project_code}"
        lead = opening.appointment.person.subject
        known = [fact for fact in self.about(project) if project in fact.data.subjects]
        named = [fact for facts in self._appointments.values() for fact in facts if project in fact.data.subjects]
        changes = [fact.data for fact in known if isinstance(fact.data, LeadChanged)]
        people = {person for change in changes for person in (change.old, change.new)}
        registered = {person.person_id: self.about(person.subject) for person in people}
        about_lead = [*self.about(lead), *self._appointments[lead]]
        return won_case(opening, about_lead, [*known, *named], known, registered, self._asking)

    def _about_projects(self, named_by: Iterable[RecordedFact]) -> list[RecordedFact]:
        projects = {fact.data.subjects[0] for fact in named_by if isinstance(fact.data, ProjectFact)}
        return [fact for project in sorted(projects) for fact in self.about(project)]

    @cached_property
    def _asking(self) -> Asking:
        deliveries = [fact for fact in self._all() if isinstance(fact.data, DeliveryClosed)]
        return asking_of([*deliveries, *self.corrections])

    @cached_property
    def _renames(self) -> Renames:
        return Renames.of(data for fact in self._all() if isinstance(data := fact.data, EmployerRenamed))

    def _lots(self) -> list[str]:
        return [subject for subject in self.by_subject if subject.startswith("lot:")]

    def _all(self) -> Iterator[RecordedFact]:
        return (fact for facts in self.by_subject.values() for fact in facts)

    @cached_property
    def _appointments(self) -> dict[str, list[RecordedFact]]:
        by_person: defaultdict[str, list[RecordedFact]] = defaultdict(list)
        for lot in self._lots():
            openings = [fact for fact in self.about(lot) if isinstance(fact.data, BidOpened | AwardAnnounced)]
            for follow_up in outstanding(lot, openings):
                by_person[follow_up.data.subjects[0]].append(_recorded(follow_up.id, follow_up.data))
        return by_person


def _recorded(identity: str, data: FactData) -> RecordedFact:
    message = {
        "specversion": "1.0",
        "id": identity,
        "source": FOLLOW_UP_SOURCE,
        "type": data.type_name(),
        "time": LONG_AFTER,
        "data": data.model_dump(),
    }
    return RecordedFact(MESSAGES[data.type_name()].model_validate(message), 0, LONG_AFTER)


def _clues(case: Case, person: str | None, bidder: str | None, lot: str | None) -> Iterator[Clue]:
    """What the rules say of a case; told apart by a person, a clue is about that person."""
    tender_id, _, lot_id = lot.partition("/") if lot else (None, None, None)
    for finding in judge(case):
        if finding.severity is not None:
            about = finding.discriminator if finding.rule == "T401" else person
            yield finding.rule, str(finding.outcome), str(finding.severity), about, bidder, tender_id, lot_id


def clues_found(lines: Iterable[bytes]) -> set[Clue]:
    """The clues that must be open, by the rules."""
    return set(Folded.of(lines).clues())


def clues_planted(truth: dict[str, Any]) -> dict[Clue, str]:
    """The clues of a truth file that are about bids, leads and payers, and the scenario of each."""
    return {
        (
            clue["rule"],
            clue["outcome"],
            clue["severity"],
            person_id(f"rid:v1:{clue['person_id_number']}") if clue["person_id_number"] else None,
            clue["bidder_uscc"],
            clue["tender_id"],
            clue["lot_id"],
        ): clue["scenario"]
        for clue in owed_about_bids(truth)
    }


def owed_about_bids(truth: dict[str, Any]) -> list[dict[str, Any]]:
    """The clues of a truth file that :class:`Folded` can find."""
    judged = (AppointmentCase, StaffCase, WonCase, LotCase, InsuredLeadCase, PayerCase)
    return [clue for clue in truth["clues"] if RULEBOOK[clue["rule"]].case_type in judged]
