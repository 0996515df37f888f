"""A matter 事项: the clues that are one piece of work.

E101, E102 and C302 about one lead of one bidder in one lot are three clues and one matter. The matter is the unit of
lists, of counting and of investigations. To which matter a clue belongs follows from what the clue is about, and from
nothing else: not from the rule, the status or the order in which clues were raised.

All clues of a matter are judged at the home of the same subject, so that one shard of a cluster has the whole matter.
That is why a clue that the *lot* raised about one of its bids belongs to a matter of its own, beside that of the lead.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from domain.clues.context import ClueContext, ClueStatus
from domain.rule import Severity

_MATTERS: Final = UUID("2b1d5f1e-8f0c-5d57-9a3e-6c1b0d9f7a44")
"""The namespace of matter ids; another value would part every investigation from its matter."""
_OF_STAFF: Final = "|staff"


class MatterKind(StrEnum):
    """What the clues of a matter are about."""

    LEAD = "lead"
    """One lead, or one of the staff, of one bidder in one lot."""
    BID = "bid"
    """What the other bids of a lot say about the bid of one bidder."""
    LOT = "lot"
    """The bids of one lot together."""
    PAYER = "payer"
    """One organisation that pays insurance for leads of several bidders."""
    SITE = "site"
    """One person on one site."""
    APPROVAL = "approval"
    """One approval case."""
    DEPARTMENT_MONTH = "department-month"
    """What one department decided in one month."""
    CASE = "case"
    """One case of any other kind."""


@dataclass(frozen=True, slots=True)
class MatterKey:
    """What a matter is about; ``subject`` is unique among the matters of its kind."""

    kind: MatterKind
    subject: str

    @property
    def id(self) -> UUID:
        return uuid5(_MATTERS, f"{self.kind}:{self.subject}")


_OF_CASE_KIND: Final = {
    "appointments": MatterKind.LEAD,
    "won_lots": MatterKind.LEAD,
    "payers": MatterKind.PAYER,
    "approvals": MatterKind.APPROVAL,
    "departments": MatterKind.DEPARTMENT_MONTH,
}


def matter_key(context: ClueContext) -> MatterKey:
    """The matter of a clue that is about ``context``."""
    return matter_key_of(
        context.case_group, bidder_key=context.bidder.key if context.bidder else None, project_code=context.project_code
    )


def matter_key_of(case_group: str, *, bidder_key: str | None, project_code: str | None) -> MatterKey:
    """The same, of the fields by which clues are told apart."""
    case_kind, _, subject = case_group.partition(":")
    if case_kind == "lots":
        return (
            MatterKey(MatterKind.BID, f"{subject}|{bidder_key}") if bidder_key else MatterKey(MatterKind.LOT, subject)
        )
    if case_kind == "sites":
        return MatterKey(MatterKind.SITE, f"{subject}|{project_code}")
    # The award makes a case of its own of the same appointment, and so does a place among the staff.
    kind = _OF_CASE_KIND.get(case_kind)
    return MatterKey(kind, subject.removesuffix(_OF_STAFF)) if kind else MatterKey(MatterKind.CASE, case_group)


FOREMOST: Final = (
    ClueStatus.UNDER_INVESTIGATION,
    ClueStatus.RAISED,
    ClueStatus.ACKNOWLEDGED,
    ClueStatus.CONFIRMED,
    ClueStatus.CLEARED,
    ClueStatus.WITHDRAWN,
)
"""Of the statuses of its clues a matter has the one that stands first here."""
STATUS_RANK: Final = {status: len(FOREMOST) - place for place, status in enumerate(FOREMOST)}
"""The greatest rank stands first."""


@dataclass(frozen=True, slots=True)
class ClueInMatter:
    """What counts of a clue for its matter; moments as texts in UTC of fixed width."""

    status: ClueStatus
    severity: Severity
    candidate: bool
    rule: str
    places: tuple[str, ...]
    raised_at: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class Matter:
    """Clues as one piece of work; ``gravity`` and ``raised_at`` are those of its open clues, if it has any.

    ``gravity`` is how grave the gravest is: about a winning candidate first, then by severity.
    """

    status: ClueStatus
    severity: Severity
    candidate: bool
    gravity: int
    rules: tuple[str, ...]
    places: tuple[str, ...]
    clues: int
    open_clues: int
    raised_at: str
    changed_at: str


def matter_of(clues: Iterable[ClueInMatter]) -> Matter:
    """The matter that these clues make, one at least; the order of the clues makes no difference."""
    every = tuple(clues)
    standing = tuple(clue for clue in every if clue.status.is_open)
    counting = standing or every
    return Matter(
        status=max((clue.status for clue in every), key=STATUS_RANK.__getitem__),
        severity=max((clue.severity for clue in counting), key=lambda severity: severity.rank),
        candidate=any(clue.candidate for clue in counting),
        gravity=max(map(_gravity, counting)),
        rules=tuple(sorted({clue.rule for clue in counting})),
        places=tuple(sorted({place for clue in every for place in clue.places})),
        clues=len(every),
        open_clues=len(standing),
        raised_at=min(clue.raised_at for clue in counting),
        changed_at=max(clue.changed_at for clue in every),
    )


def _gravity(clue: ClueInMatter) -> int:
    return (len(Severity) if clue.candidate else 0) + clue.severity.rank
