"""What a token says of its bearer."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from domain.access import NEEDED_BOUND, Actor, Role
from domain.errors import MonitorError
from domain.facts.fact import Jurisdiction, Text, Uscc


class IncompleteActor(MonitorError):
    """A token was asked for that its role could not use; the text says what is missing."""


class Claims(BaseModel):
    """What a token says about its bearer, once its signature is known to be good."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    role: Role
    name: Text
    source: Text | None = None
    jurisdiction: Jurisdiction | None = None
    uscc: Uscc | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Claims":
        needed = NEEDED_BOUND.get(self.role)
        if needed is not None and getattr(self, needed) is None:
            raise PydanticCustomError("missing", f"the role {self.role} needs a {needed}")
        return self

    def actor(self) -> Actor:
        return Actor(self.role, self.name, self.source, self.jurisdiction, self.uscc)


def bearer_claims(actor: Actor) -> dict[str, str]:
    """What a token or a session that was opened with one says of its bearer."""
    bounds = {"source": actor.source, "jurisdiction": actor.jurisdiction, "uscc": actor.uscc}
    said = {"role": actor.role.value, "name": actor.name}
    return said | {name: value for name, value in bounds.items() if value is not None}


def complete(actor: Actor) -> Actor:
    try:
        return Claims(
            role=actor.role,
            name=actor.name,
            source=actor.source,
            jurisdiction=actor.jurisdiction,
            uscc=actor.uscc,
        ).actor()
    except ValidationError as error:
        problems = error.errors(include_input=False, include_context=False, include_url=False)
        raise IncompleteActor("; ".join(_explained(problem) for problem in problems)) from None


def _explained(problem: Any) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field}: {problem['msg']}" if field else str(problem["msg"])
