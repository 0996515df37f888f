"""Who is asking, and what that role may see and do.

``infra/identity/access.py`` proves who the caller is. This module decides what the caller may see
and do, without I/O, so that queries, commands, lists and streams give the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.identifiers import jurisdiction_covers


class Role(StrEnum):
    SOURCE = "source"
    """One feed 数据源: sends facts under its own source name and reads its own rejected messages."""
    SUPERVISOR = "supervisor"
    """招投标监管部门: sees everything inside its jurisdiction and decides about clues there."""
    TENDERER = "tenderer"
    """招标人: sees the notices it got about winning candidates of its own tenders."""
    BIDDER = "bidder"
    """投标人: sees what concerns its own project leads."""
    INVESTIGATOR = "investigator"
    """Reads the history of a person or a tender, and decides nothing."""
    AUDITOR = "auditor"
    """Checks the record, and sees pseudonyms only."""
    OPERATOR = "operator"
    """系统管理员: runs the installation, makes accounts, and sees no names."""
    SECURITY_OFFICER = "security-officer"
    """安全保密管理员: says which account has which role, and sees no evidence."""


class Shown(StrEnum):
    """How a role is shown one thing; the values are the words of docs/privacy.md."""

    IN_CLEAR = "in clear"
    MASKED = "masked"
    PSEUDONYM = "pseudonym"
    NAMED = "named"
    NAMED_IN_INTEGRITY_FILES = "named in integrity files"
    NOT_NAMED = "not named"
    WHOLE = "whole"
    TITLE_OF_RULE = "title of the rule"
    OWN = "own"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Sight:
    """What one role sees: one row of the table in docs/privacy.md, its fields in the order of the columns.

    ``person`` is how people are shown everywhere, ``identity`` how they are in the list of enquiries to bureaus.
    ``payer`` and ``employer`` are the firms that pay for a lead and registered it. ``explanation`` is the text of
    a finding, which names both. ``words`` are what people wrote about a clue, with their names.
    """

    person: Shown
    identity: Shown
    payer: Shown
    employer: Shown
    explanation: Shown
    words: Shown


_EVIDENCE = (Shown.NAMED, Shown.NAMED, Shown.WHOLE, Shown.WHOLE)
# A payer may be a rival: a party reads that it differs, and never who it is.
_PARTY = Sight(Shown.MASKED, Shown.NOTHING, Shown.NOT_NAMED, Shown.NOT_NAMED, Shown.TITLE_OF_RULE, Shown.OWN)
WHO_SEES_WHAT: Final[Mapping[Role, Sight]] = {
    Role.SUPERVISOR: Sight(Shown.MASKED, Shown.IN_CLEAR, *_EVIDENCE),
    Role.INVESTIGATOR: Sight(Shown.MASKED, Shown.IN_CLEAR, *_EVIDENCE),
    Role.TENDERER: _PARTY,
    Role.BIDDER: _PARTY,
    Role.AUDITOR: Sight(Shown.PSEUDONYM, Shown.PSEUDONYM, *_EVIDENCE),
    Role.OPERATOR: Sight(Shown.PSEUDONYM, Shown.PSEUDONYM, *_EVIDENCE),
    Role.SOURCE: Sight(
        Shown.PSEUDONYM,
        Shown.NOTHING,
        Shown.NOT_NAMED,
        Shown.NAMED_IN_INTEGRITY_FILES,
        Shown.TITLE_OF_RULE,
        Shown.NOTHING,
    ),
    Role.SECURITY_OFFICER: Sight(
        Shown.NOTHING, Shown.NOTHING, Shown.NOT_NAMED, Shown.NOT_NAMED, Shown.NOTHING, Shown.NOTHING
    ),
}
"""The one table of who sees what: :class:`Actor` reads it, and docs/privacy.md is tested against it."""

_DECIDING = frozenset({Role.SUPERVISOR})
_READING_DOSSIERS = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR})
_BOUND_TO_JURISDICTION = frozenset({Role.SUPERVISOR})
_BOUND_TO_ORGANISATION = frozenset({Role.TENDERER, Role.BIDDER})
NEEDED_BOUND: Final[Mapping[Role, str]] = {
    Role.SOURCE: "source",
    Role.SUPERVISOR: "jurisdiction",
    Role.TENDERER: "uscc",
    Role.BIDDER: "uscc",
}
"""The bound without which a role could see or send nothing; a field of :class:`Actor`."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in party.

    ``jurisdiction`` is a GB/T 2260 code; any role that carries one sees nothing outside it. A
    supervisor without a jurisdiction sees nothing at all. ``source`` is the CloudEvents source in
    whose name a feed may send. ``uscc`` is the credit code of a tenderer or bidder. ``account`` is the id of the
    account that signed in, and None of a token; ``acting_for`` is that of the account whose deputy it is.
    """

    role: Role
    name: str
    source: str | None = None
    jurisdiction: str | None = None
    uscc: str | None = None
    account: str | None = None
    acting_for: str | None = None

    @property
    def sight(self) -> Sight:
        return WHO_SEES_WHAT[self.role]

    @property
    def may_see_person_names(self) -> bool:
        """Whether the role sees masked names and numbers of people, and not only pseudonyms."""
        return self.sight.person is Shown.MASKED

    @property
    def may_see_identities(self) -> bool:
        """Whether the role is given names and ID numbers in clear, to ask a bureau about people."""
        return self.sight.identity is Shown.IN_CLEAR

    @property
    def may_see_other_firms(self) -> bool:
        """Whether evidence and explanations name who pays for a lead or registered it; that may be a party's rival."""
        return self.sight.explanation is Shown.WHOLE

    @property
    def may_read_dossiers(self) -> bool:
        return self.role in _READING_DOSSIERS

    @property
    def may_decide(self) -> bool:
        """Whether the role acknowledges, investigates, confirms and clears clues."""
        return self.role in _DECIDING

    @property
    def may_administer(self) -> bool:
        """Whether the role registers sources, and makes and disables accounts."""
        return self.role is Role.OPERATOR

    @property
    def may_grant_roles(self) -> bool:
        """Whether the role says which account has which role."""
        return self.role is Role.SECURITY_OFFICER

    @property
    def sees_every_jurisdiction(self) -> bool:
        return self.jurisdiction is None and self.role not in _BOUND_TO_JURISDICTION

    @property
    def sees_every_organisation(self) -> bool:
        return self.role not in _BOUND_TO_ORGANISATION

    def covers(self, jurisdiction: str) -> bool:
        """Whether the party may see what happened in ``jurisdiction``."""
        if self.jurisdiction is None:
            return self.sees_every_jurisdiction
        return jurisdiction_covers(self.jurisdiction, jurisdiction)

    def is_organisation(self, organisation_key: str) -> bool:
        """Whether the party is the organisation with this credit code.

        A key that is a name never matches: names can be shared or misspelt.
        """
        return self.uscc is not None and self.uscc == organisation_key

    @property
    def own_source(self) -> str | None:
        """The only source in whose name the party sends facts: an operator enters them as itself."""
        return f"operator:{self.name}" if self.role is Role.OPERATOR else self.source

    @property
    def submitter(self) -> str:
        """As the ledger names whoever handed something in."""
        return f"{self.role}:{self.name}"
