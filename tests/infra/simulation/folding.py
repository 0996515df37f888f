"""A city's lines judged by the real rules, without the shard: what the truth file is checked against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.employers import Renames
from domain.evidence import RecordedFact, appointment_cases, standing
from domain.facts import MESSAGES
from domain.facts.attendance import AttendanceRecorded
from domain.facts.bidding import BidOpened
from domain.facts.corrections import FactCorrected
from domain.facts.employers import EmployerRenamed
from domain.facts.fact import DoorPerson, Fact, FactData, Person
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from streams.follow_ups import outstanding
from streams.intake import FOLLOW_UP_SOURCE

LONG_AFTER = datetime(2026, 12, 1, tzinfo=UTC)
_JSON: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])

Clue = tuple[str, str, str, str, str, str, str]
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
        return [(".".join(str(part) for part in one["loc"]), one["type"]) for one in told]
    return []


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

    def findings(self) -> Iterator[Finding]:
        """Every finding about every appointment."""
        appointments = self._appointments()
        renames = Renames.of(data for fact in self._all() if isinstance(data := fact.data, EmployerRenamed))
        for subject, appointed in appointments.items():
            bidders = {org for fact in appointed for org in fact.data.bidder.subjects}  # type: ignore[attr-defined]
            licences = [fact for bidder in sorted(bidders) for fact in self.about(bidder)]
            cases = appointment_cases(
                [*self.about(subject), *appointed],
                {fact.identity: fact for fact in licences}.values(),
                renames,
                policies=PolicyBook(),
                now=LONG_AFTER,
            )
            for case in cases:
                yield from judge(case)

    def _all(self) -> Iterator[RecordedFact]:
        return (fact for facts in self.by_subject.values() for fact in facts)

    def _appointments(self) -> dict[str, list[RecordedFact]]:
        by_person: defaultdict[str, list[RecordedFact]] = defaultdict(list)
        for lot in [subject for subject in self.by_subject if subject.startswith("lot:")]:
            openings = [fact for fact in self.about(lot) if isinstance(fact.data, BidOpened)]
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


def clues_found(lines: Iterable[bytes]) -> set[Clue]:
    """The clues that must be open, by the rules."""
    found = set()
    for finding in Folded.of(lines).findings():
        if finding.severity is not None and finding.outcome in ("mismatch", "suspect"):
            person, bidder, lot = finding.subject.split("|")
            tender_id, _, lot_id = lot.partition("/")
            found.add((finding.rule, str(finding.outcome), str(finding.severity), person, bidder, tender_id, lot_id))
    return found


def clues_planted(truth: dict[str, Any]) -> dict[Clue, str]:
    """The clues of a truth file, and the scenario of each."""
    return {
        (
            clue["rule"],
            clue["outcome"],
            clue["severity"],
            person_id(f"rid:v1:{clue['person_id_number']}"),
            clue["bidder_uscc"],
            clue["tender_id"],
            clue["lot_id"],
        ): clue["scenario"]
        for clue in truth["clues"]
    }
