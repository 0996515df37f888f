"""A clue as interfaces answer it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from alerts.notices import rule_url
from domain.access import Actor
from domain.clues.context import Step
from domain.clues.words import digest_of
from infra.documents.plain import document
from infra.identity.vault import Vault
from projections.questions.clue_queries import ShownClue

ERASED: Final = "（已删除 erased）"
"""In the place of words that were erased with the person."""


def named(connection: Connection, vault: Vault, actor: Actor, clues: tuple[ShownClue, ...]) -> tuple[ShownClue, ...]:
    """With masked names for those who may see them, and with the words of people, which are kept sealed."""
    clues = _with_words(connection, vault, clues)
    if not actor.may_see_person_names:
        return clues
    masked = vault.masked_all(connection, {clue.person_id for clue in clues if clue.person_id})
    return tuple(replace(clue, person_masked=masked.get(clue.person_id or "")) for clue in clues)


def _with_words(connection: Connection, vault: Vault, clues: tuple[ShownClue, ...]) -> tuple[ShownClue, ...]:
    digests = {digest for clue in clues for step in clue.history if (digest := digest_of(step.reason))}
    if not digests:
        return clues
    words = {digest: json.loads(said)[1] for digest, said in vault.said(connection, digests).items()}
    return tuple(replace(clue, history=tuple(_with_reason(step, words) for step in clue.history)) for clue in clues)


def _with_reason(step: Step, words: Mapping[str, str]) -> Step:
    digest = digest_of(step.reason)
    return step if digest is None else replace(step, reason=words.get(digest, ERASED))


def clue_document(clue: ShownClue) -> dict[str, Any]:
    """The clue as interfaces answer it; `employer_match` is there only where employers were compared.

    `rule_url` leads to the page that explains the rule.
    """
    shown: dict[str, Any] = {**document(clue), "rule_url": rule_url(clue.rule)}
    if shown["employer_match"] is None:
        del shown["employer_match"]
    return shown
