"""All findings about one tender, bidder or person as interfaces answer them."""

from typing import Any

from infra.documents.clues import clue_document
from infra.documents.plain import document
from projections.questions.composite import Composite


def composite_document(found: Composite) -> dict[str, Any]:
    """The list as interfaces answer it: every clue with its explanation, thresholds and facts."""
    return {**document(found), "items": [clue_document(clue) for clue in found.items]}
