"""The comparison 比对 of a lot as interfaces answer it."""

from dataclasses import replace

from sqlalchemy import Connection

from domain.access import Actor
from infra.identity.vault import Vault
from projections.questions.comparison import Comparison


def named_leads(connection: Connection, vault: Vault, actor: Actor, found: Comparison) -> Comparison:
    """With masked names for those who may see them."""
    if not actor.may_see_person_names:
        return found
    masked = vault.masked_all(connection, {bid.person_id for bid in found.bids if bid.person_id})
    return replace(found, bids=tuple(replace(bid, person_masked=masked.get(bid.person_id or "")) for bid in found.bids))
