"""Intake with the vault's keys, as a process of its own makes it: it needs nothing else of an installation."""

from infra.identity.keys import Keys
from infra.identity.vault import Vault
from streams.intake.intake import Intake


def make_intake(keys: Keys, *, names_subjects: bool = False) -> Intake:
    """``names_subjects`` where somebody has to know whose a fact is (:mod:`streams.cluster.routing`)."""
    return Intake(Vault(keys).pseudonymiser(), names_subjects=names_subjects)
