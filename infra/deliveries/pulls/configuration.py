"""From where a watched folder fetches files: the sections ``[[http]]`` and ``[[sftp]]`` of its configuration."""

from collections.abc import Callable
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.errors import MonitorError
from infra.settings import is_loopback

_NAME: Final = r"^[^/\\\x00.][^/\\\x00]*\.[^/\\\x00]+$"

Belongs = Callable[[str], bool]
"""Whether a file of that name is one that the folder takes."""


class PullFailed(MonitorError):
    """Nothing came of a fetch; what is not fetched is fetched the next time. ``place`` holds no secret."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place


class Pull(BaseModel):
    """``every_seconds``: so often the other side is asked, at most."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    every_seconds: Annotated[float, Field(ge=0)] = 60.0


class HttpFeed(Pull):
    """``url`` answers what is new behind the cursor in the parameter ``since``, and names the next cursor.

    The cursor stands in a header of the answer, whose body is then a file as it is; or in a field of a JSON document,
    which has messages in another field. Each answer becomes a file called ``name`` with a number.
    """

    url: Annotated[str, Field(pattern=r"^https?://")]
    name: Annotated[str, Field(pattern=_NAME)]
    since: Annotated[str, Field(min_length=1)] = "since"
    start: str | None = None
    cursor_header: Annotated[str, Field(min_length=1)] | None = None
    cursor_field: Annotated[str, Field(min_length=1)] | None = None
    items_field: Annotated[str, Field(min_length=1)] = "items"
    token_file: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_place_for_the_cursor(self) -> Self:
        if (self.cursor_header is None) == (self.cursor_field is None):
            raise ValueError("say where the next cursor stands: cursor_header or cursor_field")
        address = urlsplit(self.url)
        if address.username or address.password:
            raise ValueError("no password stands in an address: give a token_file")
        if self.token_file and address.scheme == "http" and not is_loopback(address.hostname or ""):
            raise ValueError("a token goes over https alone")
        return self

    @property
    def place(self) -> str:
        """Without what the query holds, which may be a secret."""
        address = urlsplit(self.url)
        return f"{address.scheme}://{address.netloc}{address.path}"


class SftpFolder(Pull):
    """Files of ``folder`` that belong to a feed; ``host_key`` is the server's, as ``ssh-keyscan`` prints it.

    Files stay where they are. One that was replaced by another is fetched again.
    """

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    user: Annotated[str, Field(min_length=1)]
    folder: Annotated[str, Field(min_length=1)] = "."
    host_key: Annotated[str, Field(pattern=r"^(ssh|ecdsa|sk)-\S+ \S+")]
    key_file: Annotated[str, Field(min_length=1)] | None = None
    password_file: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.key_file is None) == (self.password_file is None):
            raise ValueError("say how to sign in: key_file or password_file")
        return self

    @property
    def place(self) -> str:
        return f"sftp://{self.user}@{self.host}:{self.port}/{self.folder}"
