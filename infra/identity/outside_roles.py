"""Which of our roles the claims of a token name: a claim by its path, one value or a list, ours or translated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.access import Role


@dataclass(frozen=True, slots=True)
class RoleClaim:
    """``path`` is the name of a claim, or leads into an object: ``realm_access.roles``.

    ``roles`` translates what the issuer calls a role or a group; without it only our own names count.
    """

    path: str = "role"
    roles: Mapping[str, Role] = field(default_factory=dict)

    def roles_in(self, claims: Mapping[str, Any]) -> frozenset[Role]:
        """Names that mean nothing here are passed over: issuers put all groups of a person into one list."""
        found = _at(claims, self.path)
        names = found if isinstance(found, list) else [found]
        known = self.roles or {str(role): role for role in Role}
        return frozenset(known[name] for name in names if isinstance(name, str) and name in known)


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The value at ``path``; names of claims may hold dots themselves, as in ``https://id.example/roles``."""
    if path in claims:
        return claims[path]
    for place, letter in enumerate(path):
        inner = claims.get(path[:place]) if letter == "." else None
        if isinstance(inner, Mapping) and (found := _at(inner, path[place + 1 :])) is not None:
            return found
    return None
