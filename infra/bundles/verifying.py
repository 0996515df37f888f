"""Checking a bundle offline: what was recorded, what was signed, and what follows from it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from eventsourcing.domain import BaseAggregate
from eventsourcing.persistence import StoredEvent
from pydantic import ValidationError

from domain.clues.clue import Clue, clue_id, fingerprint
from domain.clues.context import finding_from, finding_record
from domain.errors import MonitorError
from domain.policy import PolicyBook
from domain.rule import RULEBOOK
from infra.bundles.bundle import Bundle, Entry
from infra.bundles.exporting import rule_code, said_in
from infra.bundles.rejudging import judge_rows
from infra.checks import Check, Mark
from infra.transparency.checkpoint import Checkpoint, open_checkpoint
from infra.transparency.jcs import canonical
from infra.transparency.leaf import Leaf, NotALeaf, parse_leaf
from infra.transparency.merkle import NotProved, verify_inclusion
from infra.transparency.notes import NotANote, NotSigned, VerifierKey
from infra.transparency.suite import Suite
from projections.decisions import decision_mapper
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX


class Unproved(MonitorError):
    """Something in a bundle does not hold; the text says what."""


class BundleCheck:
    """Every check of one bundle; ``key`` is the log's, had from elsewhere than the bundle."""

    def __init__(self, bundle: Bundle, key: VerifierKey | None, witnesses: Sequence[VerifierKey] = ()) -> None:
        self._bundle = bundle
        self._key = key
        self._witnesses = witnesses
        self._leaves: dict[int, Leaf] = {}
        self._checkpoint: Checkpoint | None = None
        self._suite: Suite | None = None
        self._judged_before: set[str] = set()

    def run(self) -> Iterator[Check]:
        """In their order; a check that cannot be made because of one before it is left out."""
        steps: tuple[tuple[str, Callable[[], Check]], ...] = (
            ("checkpoint", self._signed),
            ("entries", self._included),
            ("history", self._replayed),
            ("rules", self._rules),
            ("findings", self._findings),
        )
        for name, step in steps:
            try:
                yield step()
            except Unproved as error:
                yield Check(name, Mark.WRONG, str(error))
                return

    def _signed(self) -> Check:
        try:
            key = self._key or VerifierKey.parse(self._bundle.log_key)
            if key.suite.name != self._bundle.suite:
                raise Unproved(f"the bundle is of the suite {self._bundle.suite}, the key of {key.suite.name}")
            self._suite = key.suite
            self._checkpoint, _, seen = open_checkpoint(self._bundle.checkpoint, key, self._witnesses)
        except (NotANote, NotSigned) as error:
            raise Unproved(str(error)) from error
        by = f"{self._checkpoint.origin}, size {self._checkpoint.size:,}"
        if self._key is None:
            detail = f"{by}, signed with the key that the bundle names itself: compare it, or give --key"
            return Check("checkpoint", Mark.NOTE, f"{detail} ({key})")
        named = ", ".join(witness.name for witness in seen) or "no witness"
        return Check("checkpoint", Mark.OK, f"{by}, countersigned by {named}")

    def _included(self) -> Check:
        assert self._checkpoint is not None
        assert self._suite is not None
        for entry in self._bundle.entries:
            self._leaves[entry.position] = _included(entry, self._checkpoint, self._suite)
        if len(self._leaves) != len(self._bundle.entries):
            raise Unproved("an entry stands there twice")
        named = {*self._bundle.facts, *(event for clue in self._bundle.clues for event in clue.events)}
        if named != self._leaves.keys():
            raise Unproved("the entries are not those that the bundle speaks of")
        return Check("entries", Mark.OK, f"{len(self._leaves):,} entries are in the log, as they were recorded")

    def _replayed(self) -> Check:
        for history in self._bundle.clues:
            clue = _replayed(history.clue_id, [self._leaves[position] for position in history.events])
            if str(clue.status) != history.status:
                raise Unproved(f"clue {history.clue_id} was left {clue.status}, not {history.status}")
            self._compare(clue)
        if self._bundle.about.kind == "clue" and [each.clue_id for each in self._bundle.clues] != [
            self._bundle.about.id
        ]:
            raise Unproved("the bundle is about another clue than it holds")
        number = sum(len(history.events) for history in self._bundle.clues)
        detail = f"{number} events of {len(self._bundle.clues)} clues, in their order"
        if self._judged_before:
            older = ", ".join(sorted(self._judged_before))
            return Check("history", Mark.NOTE, f"{detail}; last judged by {older}, other than the findings")
        return Check("history", Mark.OK, detail)

    def _compare(self, clue: Clue) -> None:
        """What the clue's last event says must be among the findings, where it still stands."""
        said = [finding for finding in map(finding_from, self._bundle.findings) if clue_id(finding) == clue.id]
        versions = {rule.code: rule.version for rule in self._bundle.rules}
        judged_by = clue.finding.rule_version
        if versions.get(clue.finding.rule) != judged_by:
            # Exported after an upgrade and before ``rejudge``: the clue is an older judgement.
            self._judged_before.add(f"{clue.finding.rule} version {judged_by}")
        elif clue.stands and [fingerprint(finding) for finding in said] != [clue.fingerprint]:
            raise Unproved(f"clue {clue.id} says something else than the findings")

    def _rules(self) -> Check:
        """The code is what its digest says; whether it is the code installed here is told."""
        other = []
        for rule in self._bundle.rules:
            if hashlib.sha256(rule.source.encode()).hexdigest() != rule.digest:
                raise Unproved(f"the code of {rule.code} is not what its digest says")
            installed = RULEBOOK.get(rule.code)
            if installed is None or rule_code(installed).digest != rule.digest:
                other.append(f"{rule.code} version {rule.version}")
        if other:
            return Check("rules", Mark.NOTE, f"installed here is other code than that of {', '.join(other)}")
        codes = ", ".join(f"{rule.code} version {rule.version}" for rule in self._bundle.rules)
        return Check("rules", Mark.OK, f"{codes or 'none'}, the same code as installed here")

    @cached_property
    def _of_other_versions(self) -> dict[str, str]:
        """The rules of the bundle that have another version here, or are gone, by code; in words."""
        installed = {code: rule.version for code, rule in RULEBOOK.items()}
        return {
            rule.code: f"{rule.code} version {rule.version} (here: {installed.get(rule.code, 'none')})"
            for rule in self._bundle.rules
            if installed.get(rule.code) != rule.version
        }

    def _findings(self) -> Check:
        """Judged again on the facts in the bundle alone, by the rules that have the same version here."""
        kept = [finding for finding in self._bundle.findings if finding["rule"] not in self._of_other_versions]
        others = len(self._bundle.findings) - len(kept)
        if not others:
            return self._judged_again(kept)
        why = f"this program has other versions: {', '.join(self._of_other_versions.values())}"
        if kept:
            again = self._judged_again(kept)
            return Check("findings", Mark.NOTE, f"{again.detail}; {others} not judged again: {why}")
        return Check("findings", Mark.NOTE, f"not judged again: {why}; verify it with program {self._bundle.program}")

    def _judged_again(self, wanted: Sequence[dict[str, Any]]) -> Check:
        rows = [_row(self._leaves[position]) for position in sorted(self._bundle.facts)]
        if not all(topic.startswith(FACT_TOPIC_PREFIX) for _, topic, _ in rows):
            raise Unproved("an entry named as a fact is none")
        try:
            policies = PolicyBook.model_validate(self._bundle.policy)
            judged_at = datetime.fromisoformat(self._bundle.judged_at)
            found = judge_rows(rows, policies, self._bundle.scope, judged_at)
        except (ValidationError, ValueError, StopIteration) as error:
            raise Unproved("the bundle's policy, scope or time cannot be read") from error
        about = self._bundle.about
        about_it = [each for each in found if about.kind == "case" or str(clue_id(each)) == about.id]
        again = [finding_record(each) for each in about_it if each.rule not in self._of_other_versions]
        if _in_order(again) != _in_order(wanted):
            raise Unproved("judged again, the facts lead to other findings")
        return Check("findings", Mark.OK, f"{len(again)} findings follow from {len(rows)} facts, judged again")


def _included(entry: Entry, checkpoint: Checkpoint, suite: Suite) -> Leaf:
    try:
        content = entry.leaf_bytes
        leaf = parse_leaf(content)
        hashes = [bytes.fromhex(each) for each in entry.hashes]
        verify_inclusion(leaf.index, checkpoint.size, suite.leaf_hash(content), hashes, checkpoint.root, suite)
    except (ValueError, NotALeaf, NotProved) as error:
        raise Unproved(f"entry {entry.position}: {error}") from error
    if leaf.position != entry.position:
        raise Unproved(f"entry {entry.position} is that of position {leaf.position}")
    if canonical(said_in(content)) != canonical(entry.said):
        raise Unproved(f"entry {entry.position} says something else than its leaf")
    return leaf


def _replayed(identity: str, leaves: Sequence[Leaf]) -> Clue:
    """The clue as its events leave it; raises Unproved for events that are not its own, all, and in order."""
    mapper, clue = decision_mapper(), None
    for version, leaf in enumerate(leaves, 1):
        if str(leaf.originator_id) != identity or leaf.originator_version != version:
            raise Unproved(f"the events of clue {identity} are not its own, or not complete")
        clue = _after(clue, mapper.to_domain_event(_stored(leaf)))
    if not isinstance(clue, Clue):
        raise Unproved(f"clue {identity} has no events")
    return clue


def _after(clue: BaseAggregate[UUID] | None, event: Any) -> Any:
    return event.mutate(clue)


def _stored(leaf: Leaf) -> StoredEvent:
    return StoredEvent(leaf.originator_id, leaf.originator_version, leaf.topic, leaf.state)


def _row(leaf: Leaf) -> tuple[int, str, bytes]:
    return leaf.position, leaf.topic, leaf.state


def _in_order(findings: Iterable[dict[str, Any]]) -> list[bytes]:
    return sorted(map(canonical, findings))
