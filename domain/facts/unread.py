"""Parts of a message that could not be read 未能识别的内容, while the rest of it was recorded.

Intake takes such a part out and puts a note in its place. What was sent stays sealed in the
quarantine, under the message it came with (docs/decisions/0029).
"""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from domain.facts.fact import Model

UNREAD: Final = "unread"
"""The field of ``data`` in which intake notes parts that it took out."""
LEAD_UNIDENTIFIED: Final = "lead_unidentified"
"""The field of a bid in which intake notes that it took out the lead."""
UNREAD_NAME: Final = "？"
"""Stands for a member of a consortium: no comparison says that it is, or is not, another firm."""


class UnreadError(Model):
    """What was wrong with one field: its path within ``data``, and the code of the error."""

    field: str
    code: str


class Unread(Model):
    """A part that was taken out: its path within ``data`` as it was sent, and why.

    ``digest`` is a keyed hash of what was sent: another part in the same place makes another message.
    """

    field: str
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    errors: tuple[UnreadError, ...] = ()


READ_ONLY: Final = Field(json_schema_extra={"readOnly": True})
"""Of a field that only intake writes."""
UnreadParts = Annotated[tuple[Unread, ...] | None, READ_ONLY]
