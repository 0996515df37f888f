"""Who is asking, and what that role may see and do.

The outer shell proves who someone is (infra/identity/access.py); what follows from it is decided
here, without I/O, so that queries, commands, lists and streams cannot disagree.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.identifiers import jurisdiction_covers


class Role(StrEnum):
    SOURCE = "source"
    """One feed 数据源: sends facts under its own source name, reads its own rejected lines."""
    SUPERVISOR = "supervisor"
    """招投标监管部门: everything inside its jurisdiction prefix, and the decisions on clues."""
    TENDERER = "tenderer"
    """招标人: what it was told about winning candidates of its own tenders."""
    BIDDER = "bidder"
    """投标人: what concerns its own leads."""
    INVESTIGATOR = "investigator"
    """Replays the history of a person or a tender; does not decide."""
    AUDITOR = "auditor"
    """Checks the record; sees pseudonyms only."""
    OPERATOR = "operator"
    """Runs the installation; sees no names."""


_DECIDING = frozenset({Role.SUPERVISOR})
_NAMING = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.TENDERER, Role.BIDDER})
_READING_DOSSIERS = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR})
_BOUND_TO_JURISDICTION = frozenset({Role.SUPERVISOR})
_BOUND_TO_ORGANISATION = frozenset({Role.TENDERER, Role.BIDDER})


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in party.

    ``jurisdiction`` is a GB/T 2260 prefix and bounds any role that carries one; a role
    that needs one and carries none sees nothing. ``source`` is the CloudEvents source a
    feed may speak for.
    """

    role: Role
    name: str
    source: str | None = None
    jurisdiction: str | None = None
    uscc: str | None = None

    @property
    def may_see_person_names(self) -> bool:
        """Whether people are shown with masked names and numbers instead of bare pseudonyms."""
        return self.role in _NAMING

    @property
    def may_read_dossiers(self) -> bool:
        return self.role in _READING_DOSSIERS

    @property
    def may_decide(self) -> bool:
        """Whether the role acknowledges, investigates, confirms and clears clues."""
        return self.role in _DECIDING

    @property
    def sees_every_jurisdiction(self) -> bool:
        return self.jurisdiction is None and self.role not in _BOUND_TO_JURISDICTION

    @property
    def sees_every_organisation(self) -> bool:
        return self.role not in _BOUND_TO_ORGANISATION

    def covers(self, jurisdiction: str) -> bool:
        """Whether something that happened in ``jurisdiction`` is this party's business."""
        if self.jurisdiction is None:
            return self.sees_every_jurisdiction
        return jurisdiction_covers(self.jurisdiction, jurisdiction)

    def is_organisation(self, organisation_key: str) -> bool:
        """Whether the party is the organisation of that code (never by name alone)."""
        return self.uscc is not None and self.uscc == organisation_key

    def speaks_for(self, source: str) -> bool:
        """Whether the party may send facts in the name of ``source``; an operator for any."""
        return self.role is Role.OPERATOR or (self.role is Role.SOURCE and self.source == source)
