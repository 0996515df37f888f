"""What a bundle holds, as canonical JSON (RFC 8785)."""

import base64
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from domain.errors import MonitorError
from infra.transparency.jcs import NotCanonical, canonical, parsed

FORMAT: Final = "tender-integrity-bundle/1"

Hex = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2})*$")]


class NotABundle(MonitorError):
    """A file that is no bundle, or not as bundles are written."""


class OtherFile(NotABundle):
    """A file that does not even say that it is a bundle: the wrong one was given, or it was cut off."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Subject(Part):
    """``clue`` or ``case``, by its id."""

    kind: Literal["clue", "case"]
    id: str


class Entry(Part):
    """One ledger row: its leaf's exact bytes, what they say, and the way to the checkpoint's root.

    ``said`` is the JSON in the leaf; None where that has no canonical form.
    """

    position: Annotated[int, Field(ge=1)]
    leaf: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
    said: Any
    hashes: tuple[Hex, ...]

    @property
    def leaf_bytes(self) -> bytes:
        """Raises ValueError where it is not base64."""
        return base64.b64decode(self.leaf, validate=True)


class History(Part):
    """A clue by the positions of its events, in their order, and where they left it."""

    clue_id: str
    status: str
    events: tuple[int, ...]


class RuleCode(Part):
    """A rule as it was when the bundle was written; ``digest`` is the SHA-256 of ``source``."""

    code: str
    version: int
    title: str
    clause: str
    module: str
    source: str
    digest: Hex


class Bundle(Part):
    """``facts`` are the positions of what ``findings`` were judged on, by ``scope``, at ``judged_at``.

    ``log_key`` and the keys of witnesses say who signed; whether that is to be believed, the
    reader decides. ``policy`` are the settings that rules were judged by.
    """

    format: Literal["tender-integrity-bundle/1"]
    suite: Annotated[str, StringConstraints(pattern=r"^(sha256-ed25519|sm3-sm2)$")]
    program: str
    about: Subject
    log_key: str
    checkpoint: str
    entries: tuple[Entry, ...]
    scope: str
    judged_at: str
    facts: tuple[int, ...]
    findings: tuple[dict[str, Any], ...]
    clues: tuple[History, ...]
    rules: tuple[RuleCode, ...]
    policy: dict[str, Any]

    def written(self) -> bytes:
        return canonical(self.model_dump(mode="json"))


def read_bundle(content: bytes) -> Bundle:
    """Raises :class:`NotABundle`, also for what is not written canonically."""
    try:
        document = parsed(content)
    except (ValueError, RecursionError, NotCanonical) as error:
        raise OtherFile("no JSON document") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise OtherFile(f"no document of the format {FORMAT}")
    try:
        bundle = Bundle.model_validate(document)
        written = canonical(document)
    except ValidationError as error:
        fields = [".".join(map(str, each["loc"])) for each in error.errors(include_input=False, include_url=False)]
        raise NotABundle(f"not a bundle: {', '.join(fields[:5])}") from None
    except NotCanonical as error:
        raise NotABundle("the file is not canonical JSON") from error
    if written != content:
        raise NotABundle("the file is not canonical JSON")
    return bundle
