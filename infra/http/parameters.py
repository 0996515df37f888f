"""Query parameters: parsed once into typed values; unknown names are refused.

A misspelt filter would otherwise silently answer with everything.
"""

from typing import Annotated, Literal, Self, TypeVar

from aiohttp import web
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from domain.clues.context import ClueStatus
from domain.facts.fact import Jurisdiction, Key
from domain.rule import Severity
from infra.http.problems import invalid
from infra.moments import NoMoment, read_moment
from projections.questions.clue_order import Sort
from streams.intake.quarantine import Status

Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
"""Where a page ended: the ``next`` of its answer."""

ClueCursor = Annotated[str, StringConstraints(pattern=f"^(?:{'|'.join(sort.cursor_pattern for sort in Sort)})$")]
"""The same in a list of clues, in any order."""

LARGEST_NUMBER = 2**63 - 1
"""Of a row; the database refuses to compare with a larger one."""

Q = TypeVar("Q", bound=BaseModel)


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read_moment(value)
    except NoMoment as error:
        raise PydanticCustomError("moment_format", "{reason}", {"reason": str(error)}) from None


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A day or a time, read as the command line reads it."""


class Query(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ClueFilters(Query):
    status: ClueStatus | None = None
    rule: Key | None = None
    severity: Severity | None = None
    tender_id: Key | None = None
    project_code: Key | None = None
    case_id: Key | None = None
    jurisdiction: Jurisdiction | None = None
    since: Moment | None = None
    sort: Sort = Sort.RAISED
    cursor: ClueCursor | None = None
    limit: Annotated[int, Field(ge=1)] = 100

    @model_validator(mode="after")
    def _cursor_of_this_order(self) -> Self:
        if self.cursor is not None and not self.sort.has(self.cursor):
            raise PydanticCustomError("cursor", "the cursor belongs to a list in another order")
        return self


class CompositeQuery(Query):
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1)] = 100


class AsKnown(Query):
    """``known_at``: only what was known then, by our record or by the source's own."""

    known_at: Moment | None = None
    known_by: Literal["ours", "source"] = "ours"


class InTwoTimes(AsKnown):
    """``valid_at``: about that moment instead of the opening."""

    valid_at: Moment | None = None


class DossierQuery(AsKnown):
    valid_at: Moment | None = None


class NoticeQuery(Query):
    after: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] = 0
    limit: Annotated[int, Field(ge=1)] = 100


class StreamQuery(BaseModel):
    """``last_event_id``: of who cannot send the header Last-Event-ID, as a page that opens its first stream."""

    last_event_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")] | None = None


class NotificationQuery(NoticeQuery):
    """``undeliverable``: to a party that is named without a credit code, which no other fact gives.

    ``failed``: refused for good by mail, robot or SMS; there ``after`` is the number of rows to leave out.
    """

    status: Literal["undeliverable", "failed"] = "undeliverable"


class QuarantineQuery(Query):
    status: Status | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1)] = 100


def read_query(request: web.Request, model: type[Q], *, without_empty: bool = False) -> Q:
    """The query string as ``model``; a parameter given twice counts once, the last time.

    ``without_empty``: a field of a form that was left empty is not given.
    """
    given = {name: value for name, value in request.query.items() if value or not without_empty}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid(error, where="query") from None
