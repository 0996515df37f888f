"""Verdicts about approval cases that several rules return."""

from collections.abc import Iterable

from domain.approval.entries import Entry
from domain.evidence.recorded import RecordedFact
from domain.rule import Explanation, FindingOutcome, Severity, Verdict

OUTCOMES_ZH = {
    "approved": "准予许可",
    "approved-with-gaps": "容缺办结",
    "rejected": "不予许可",
}
"""The Chinese names of the decisions."""


def facts_of(*entries: Entry | None) -> tuple[RecordedFact, ...]:
    return tuple(entry.fact for entry in entries if entry is not None)


def suspect(zh: str, en: str, facts: Iterable[RecordedFact], severity: Severity, *, discriminator: str = "") -> Verdict:
    return Verdict(FindingOutcome.SUSPECT, Explanation(zh, en), tuple(facts), severity, discriminator=discriminator)


def mismatch(
    zh: str, en: str, facts: Iterable[RecordedFact], severity: Severity, *, discriminator: str = ""
) -> Verdict:
    return Verdict(FindingOutcome.MISMATCH, Explanation(zh, en), tuple(facts), severity, discriminator=discriminator)


def consistent(zh: str, en: str, facts: Iterable[RecordedFact], *, discriminator: str = "") -> Verdict:
    return Verdict(FindingOutcome.CONSISTENT, Explanation(zh, en), tuple(facts), discriminator=discriminator)


def no_evidence(zh: str, en: str, facts: Iterable[RecordedFact], *, discriminator: str = "") -> Verdict:
    return Verdict(FindingOutcome.NO_EVIDENCE, Explanation(zh, en), tuple(facts), discriminator=discriminator)


def undecided(*entries: Entry) -> Verdict:
    """No evidence, because the case has not been decided yet."""
    return no_evidence("该审批件尚未作出决定。", "The case has not been decided.", facts_of(*entries[-1:]))
