"""A clue as interfaces answer it."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from alerts.notices import rule_url
from domain.access import Actor
from infra.documents.plain import document
from infra.identity.vault import Vault
from projections.questions.clue_queries import ShownClue


def named(connection: Connection, vault: Vault, actor: Actor, clues: tuple[ShownClue, ...]) -> tuple[ShownClue, ...]:
    """With masked names for those who may see them."""
    if not actor.may_see_person_names:
        return clues
    masked = vault.masked_all(connection, {clue.person_id for clue in clues if clue.person_id})
    return tuple(replace(clue, person_masked=masked.get(clue.person_id or "")) for clue in clues)


def clue_document(clue: ShownClue) -> dict[str, Any]:
    """The clue as interfaces answer it; `employer_match` is there only where employers were compared.

    `rule_url` leads to the page that explains the rule.
    """
    shown: dict[str, Any] = {**document(clue), "rule_url": rule_url(clue.rule)}
    if shown["employer_match"] is None:
        del shown["employer_match"]
    return shown
