"""What facts name: people, employers, months; read from what intake prepared, or from what was sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from domain.evidence.days import day_in_shanghai
from projections.index.subject_index import key_of


class _Party(msgspec.Struct):
    """A person, or an organisation."""

    person_id: str | None = None
    id_number: str | None = None
    name: str | None = None
    uscc: str | None = None


class Data(msgspec.Struct):
    """The content of a fact, as far as deliveries are compared by it."""

    person: _Party | None = None
    holder: _Party | None = None
    payer: _Party | None = None
    employer: _Party | None = None
    applicant: _Party | None = None
    month: str | None = None
    checked_at: str | None = None

    @property
    def person_key(self) -> int:
        """0 where nobody is named."""
        people = (each.person_id or each.id_number for each in (self.person, self.holder) if each is not None)
        return next((key_of(each) for each in people if each is not None), 0)

    @property
    def employer_key(self) -> int:
        """By its code, else by its name; 0 where none is named."""
        firms = (self.payer, self.employer, self.holder, self.applicant)
        named = (each.uscc or each.name for each in firms if each is not None and each.id_number is None)
        return next((key_of(each) for each in named if each is not None), 0)

    @property
    def of_month(self) -> str | None:
        """The month that the fact is about, where it is about one."""
        if self.month is not None:
            return self.month
        if self.checked_at is None:
            return None
        return day_in_shanghai(datetime.fromisoformat(self.checked_at)).isoformat()[:7]


class _Message(msgspec.Struct):
    data: Data


_decode: Final = msgspec.json.Decoder(_Message).decode


@dataclass(slots=True)
class Named:
    """Everybody and every month that a file names; people and employers by keys."""

    people: set[int] = field(default_factory=set)
    employers: set[int] = field(default_factory=set)
    months: set[str] = field(default_factory=set)

    def add(self, states: Iterable[bytes]) -> None:
        for state in states:
            try:
                data = _decode(state).data
            except (ValueError, UnicodeDecodeError):
                continue  # Intake refuses it, and says why.
            self.people.add(data.person_key)
            self.employers.add(data.employer_key)
            if (month := data.of_month) is not None:
                self.months.add(month)

    def settle(self) -> None:
        """Once all is added: nobody is not somebody."""
        self.people.discard(0)
        self.employers.discard(0)
