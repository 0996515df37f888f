"""A registered source as interfaces answer it."""

from typing import Any

from infra.documents.plain import document
from projections.boards.registered_sources import Registration


def registration_document(registration: Registration) -> dict[str, Any]:
    """The bounds beside who granted them and when."""
    said: dict[str, Any] = document(registration)
    bounds = said.pop("bounds")
    return {"source": said.pop("source"), **bounds, **said}
