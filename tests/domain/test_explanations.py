"""What rules say: Chinese and English say the same, and both say what the evidence says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from domain.evidence import AppointmentCase
from domain.evidence.days import SHANGHAI
from domain.evidence.lot import InsuredLeadCase, LotCase, UnidentifiedLeadCase
from domain.evidence.won import WonCase
from domain.policy import Policy
from domain.rule import RULEBOOK, Case, Explanation, Verdict
from domain.rule_text import rule_description
from domain.trial import verdicts
from domain.wording import SCHEMES
from tests.domain.firing_cases import FIRING, Firing

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CHINESE_MONTH = re.compile(r"(\d{4})年(\d{1,2})月")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MONTH = re.compile(r"\d{4}-\d{2}(?!\d)")
TIME = re.compile(r"\d{2}:\d{2}(?::\d{2})?")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
BY_PAYER_AND_MONTH = ("E101", "E102", "E104", "E106", "E109", "T402")
EVERY_FIRING = pytest.mark.parametrize(
    ("code", "firing"),
    [(code, firing) for code, firings in FIRING.items() for firing in firings],
    ids=[f"{code}-{number}" for code, firings in FIRING.items() for number in range(len(firings))],
)


@dataclass(frozen=True)
class Values:
    """What a text says, whatever its language: names, and dates, months, times and numbers."""

    names: frozenset[str]
    numbers: frozenset[str]


def said_about(code: str, firing: Firing) -> list[tuple[Case, Verdict]]:
    """The verdicts that make clues, each with its case."""
    rule = RULEBOOK[code]
    cases = [case for case in firing.cases if type(case) is rule.case_type]
    found = [(case, verdict) for case in cases for verdict in verdicts(rule, case)]
    return [(case, verdict) for case, verdict in found if verdict.outcome.makes_clue]


@pytest.mark.parametrize("code", sorted(RULEBOOK))
def test_every_rule_has_a_case_for_each_outcome_that_its_page_names(code: str) -> None:
    """A new rule needs cases in ``firing_cases.py``."""
    found = {(verdict.outcome, verdict.severity) for firing in FIRING[code] for _, verdict in said_about(code, firing)}
    named = rule_description(RULEBOOK[code]).outcomes
    assert found == {(outcome, severity) for outcome, severities in named.items() for severity in severities}


@EVERY_FIRING
def test_chinese_and_english_say_the_same_and_what_the_evidence_says(code: str, firing: Firing) -> None:
    said = said_about(code, firing)
    assert said
    for case, verdict in said:
        evidence = evidence_of(code, case, verdict)
        chinese, english = values(verdict.explanation, evidence)
        assert chinese == english, verdict.explanation
        assert chinese.numbers <= evidence.numbers | numbers_in(" ".join(firing.computed)), verdict.explanation


@EVERY_FIRING
def test_what_other_rules_say_of_the_same_case_is_the_same_in_both_languages(code: str, firing: Firing) -> None:
    """Most of them find nothing: that is what a withdrawn clue says."""
    for case in firing.cases:
        for rule in RULEBOOK.values():
            if rule.case_type is type(case):
                for verdict in verdicts(rule, case):
                    chinese, english = values(verdict.explanation, evidence_of(rule.code, case, verdict))
                    assert chinese == english, verdict.explanation


@EVERY_FIRING
def test_every_name_in_quotes_is_one_of_the_evidence(code: str, firing: Firing) -> None:
    for case, verdict in said_about(code, firing):
        quoted = re.findall(r"“([^”]+)”", verdict.explanation.zh)
        known = evidence_of(code, case, verdict).names
        assert set(quoted) <= known
        assert not CHINESE.search(blanked(verdict.explanation.en, known))


@EVERY_FIRING
def test_what_is_said_of_a_bid_names_the_day_of_its_opening(code: str, firing: Firing) -> None:
    for case, verdict in said_about(code, firing):
        opened_on = opening_of(case)
        if opened_on is not None:
            assert str(opened_on) in verdict.explanation.zh
            assert str(opened_on) in verdict.explanation.en


@EVERY_FIRING
def test_a_finding_rests_only_on_the_data_that_the_page_of_its_rule_names(code: str, firing: Firing) -> None:
    for _, verdict in said_about(code, firing):
        kinds = {SENT_AS.get(fact.data.KIND, fact.data.KIND) for fact in verdict.facts}
        description = rule_description(RULEBOOK[code])
        stated = STATE_COVERAGE if description.coverage else set()
        assert kinds <= {*description.data, *description.also_reads, *stated}


STATE_COVERAGE = {"delivery-closed", "insurance-stated"}
SENT_AS = {
    "lead-appointed": "bid-opened",
    "staff-appointed": "bid-opened",
    "lead-candidacy": "award-announced",
    "lead-insured": "insurance-paid",
}
"""Follow-ups, and the facts of a source that they follow from."""


@EVERY_FIRING
def test_both_languages_name_the_same_schemes_of_insurance(code: str, firing: Firing) -> None:
    for _, verdict in said_about(code, firing):
        zh, en = verdict.explanation.zh, verdict.explanation.en.lower()
        named = {scheme for scheme, (_, english) in SCHEMES.items() if english in en}
        assert named == {scheme for scheme, (chinese, _) in SCHEMES.items() if chinese in zh} or "失业或医疗" in zh
        if code in BY_PAYER_AND_MONTH:
            assert named
            assert CHINESE_MONTH.search(zh)


def opening_of(case: Case) -> date | None:
    match case:
        case AppointmentCase() | LotCase():
            return case.opened_on
        case WonCase():
            return case.opening.opened_on
        case InsuredLeadCase() | UnidentifiedLeadCase():
            return case.lot.opened_on
    return None


def values(said: Explanation, evidence: Values) -> tuple[Values, Values]:
    """Of the Chinese and of the English text."""
    zh = CHINESE_MONTH.sub(lambda found: f"{found[1]}-{int(found[2]):02}", said.zh)
    return tuple(  # type: ignore[return-value]
        Values(frozenset(name for name in evidence.names if name in text), numbers_in(blanked(text, evidence.names)))
        for text in (zh, said.en)
    )


def blanked(text: str, names: frozenset[str]) -> str:
    """Without the names, the longest first: a project code holds the code of its place."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return text


def numbers_in(text: str) -> frozenset[str]:
    """Dates, months, times and numbers, each in one spelling."""
    found: set[str] = set()
    for pattern in (DATE, MONTH, TIME):
        found.update(pattern.findall(text))
        text = pattern.sub(" ", text)
    return frozenset(found | {plain(number) for number in NUMBER.findall(text)})


def plain(number: str) -> str:
    """12,345.60 as 12345.6."""
    return f"{Decimal(number.replace(',', '').rstrip('.')).normalize():f}"


def evidence_of(code: str, case: Case, verdict: Verdict) -> Values:
    """What stands in the facts that the verdict rests on, or in the case where it rests on no single fact."""
    source: Any = [fact.data for fact in verdict.facts] or case
    stated = {*leaves(source), *(str(value) for value in RULEBOOK[code].in_force(case).values())}
    stated |= {str(fact.occurred_at.astimezone(SHANGHAI).date()) for fact in verdict.facts}
    names = {text for text in stated if is_name(text)}
    return Values(frozenset(names), frozenset().union(*(numbers_in(text) for text in stated - names)))


def is_name(text: str) -> bool:
    """A firm, a title, or a code of several parts; no date, and no number."""
    return bool(CHINESE.search(text)) or bool(re.fullmatch(r"[\d-]{15,}", text))


def leaves(thing: Any) -> Iterator[str]:
    """Every value in it as text, but not the policy; a day also as its month, a moment also as in Shanghai."""
    if isinstance(thing, Policy):
        return
    if isinstance(thing, BaseModel):
        yield from leaves(dict(thing))
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield from leaves([getattr(thing, field.name) for field in fields(thing)])
    elif isinstance(thing, Mapping):
        yield from (leaf for item in thing.items() for leaf in leaves(item))
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from (leaf for value in thing for leaf in leaves(value))
    elif isinstance(thing, datetime):
        yield from (f"{thing:%Y-%m-%d %H:%M}", f"{thing.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", f"{thing:%Y-%m}")
    elif isinstance(thing, date):
        yield from (f"{thing}", f"{thing:%Y-%m}")
    elif isinstance(thing, str | int | float | Decimal) and not isinstance(thing, bool):
        yield str(thing)
