"""The rulebook: complete, tested, open to new rules without any other change."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import domain.rules
from domain.evidence import AppointmentCase
from domain.policy import Policy
from domain.rule import (
    RULEBOOK,
    Explanation,
    Finding,
    FindingOutcome,
    Rule,
    Rulebook,
    RuleError,
    Severity,
    Verdict,
    judge,
)
from tests.builders import a_case, a_registration, payments

RULES = Path(domain.rules.__path__[0])
TESTS = Path(__file__).parent / "rules"
MODULES = sorted(path.stem for path in RULES.glob("*.py") if path.stem != "__init__")

A_RULE = '''
from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Rule, Severity, Verdict

def {name}(case: AppointmentCase) -> list[Verdict]:
    """Says two things."""
    said = [Verdict(FindingOutcome.CONSISTENT, Explanation("甲", "a"), (), discriminator=text) for text in "ab"]
    return said
'''


@pytest.mark.parametrize("module", MODULES)
def test_every_rule_module_registers_one_rule_named_after_its_pattern(module: str) -> None:
    (rule,) = (rule for rule in RULEBOOK.values() if rule.name == module)
    assert rule.pattern.__name__ == module
    assert rule.version >= 1
    assert rule.clause
    assert rule.title
    assert rule.title_zh


@pytest.mark.parametrize("module", MODULES)
def test_every_rule_has_a_test_and_a_description(module: str) -> None:
    tests = ast.parse((TESTS / f"test_{module}.py").read_text(encoding="utf-8"))
    claims = [node for node in tests.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert len(claims) >= 5, "fires, stays silent, on the boundary, exempt, late fact flips it"
    (rule,) = (rule for rule in RULEBOOK.values() if rule.name == module)
    assert len(rule.description) > 40


def test_the_employment_rules_are_there() -> None:
    assert list(RULEBOOK) == sorted(RULEBOOK)
    assert {*(f"E10{number}" for number in range(1, 9)), "C301", "C302"} <= set(RULEBOOK)


def test_judging_says_exactly_one_finding_per_rule_for_an_appointment() -> None:
    case = a_case(*payments(), a_registration())
    findings = judge(case)
    assert [found.rule for found in findings] == [
        code for code, rule in RULEBOOK.items() if rule.case_type is AppointmentCase
    ]
    assert {found.subject for found in findings} == {case.subject}
    assert all(found.facts == tuple(sorted(set(found.facts))) for found in findings)


def test_only_mismatch_and_suspect_have_a_severity() -> None:
    findings: list[Finding] = [*judge(a_case()), *judge(a_case(*payments(), a_registration()))]
    assert all((found.severity is not None) == found.outcome.makes_clue for found in findings)


def test_severities_are_ranked() -> None:
    ranked = sorted([Severity.HIGH, Severity.INFO, Severity.MEDIUM, Severity.LOW], key=lambda one: one.rank)
    assert ranked == [Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package of rules, importable as ``some_rules``."""
    folder = tmp_path / "some_rules"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("some_rules")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def test_a_module_that_registers_no_rule_is_refused(package: Path) -> None:
    (package / "forgotten.py").write_text("ANSWER = 42\n", encoding="utf-8")
    with pytest.raises(RuleError, match="registers no rule"):
        len(Rulebook("some_rules"))


def test_a_code_that_is_taken_is_refused(package: Path) -> None:
    rulebook = Rulebook("some_rules")
    e101, e102 = RULEBOOK["E101"], RULEBOOK["E102"]
    rulebook.register(e101)
    with pytest.raises(RuleError, match="E101 belongs to payer_differs_from_bidder"):
        rulebook.register(replace(e102, code="E101"))


def test_a_code_that_a_second_rule_of_the_same_module_takes_is_refused(package: Path) -> None:
    """Unless it is the same rule, of a module that is imported a second time."""
    namespace: dict[str, Any] = {"__name__": "some_rules.pair"}
    for name in ("first", "second"):
        exec(f"def {name}(case):\n    return ()\n", namespace)
    rulebook, patterns = Rulebook("some_rules"), (namespace["first"], namespace["second"])
    first, second = (replace(RULEBOOK["E101"], pattern=pattern) for pattern in patterns)
    rulebook.register(first)
    rulebook.register(first)
    with pytest.raises(RuleError, match=r"E101 belongs to pair\.first"):
        rulebook.register(second)


def test_a_rule_may_say_several_things_told_apart_by_a_discriminator(package: Path) -> None:
    namespace: dict[str, object] = {"__name__": "some_rules.twice"}
    exec(A_RULE.format(name="twice"), namespace)
    rule = replace(RULEBOOK["E101"], code="X1", pattern=namespace["twice"])  # type: ignore[arg-type]
    assert [found.discriminator for found in rule.findings(a_case())] == ["a", "b"]


def many(case: AppointmentCase, *, fewest_moves: int = 3, most_share: Decimal = Decimal("0.5")) -> Iterator[Verdict]:
    """Says by what it judged."""
    said = f"{fewest_moves!r} {most_share!r}"
    yield Verdict(FindingOutcome.CONSISTENT, Explanation(said, said), ())


def unnumbered(case: AppointmentCase, *, name: str = "x") -> Verdict:
    """Has a parameter that is no threshold."""
    return Verdict(FindingOutcome.CONSISTENT, Explanation(name, name), ())


def a_rule(pattern: object) -> Rule:
    return replace(RULEBOOK["E101"], code="X1", pattern=pattern)  # type: ignore[arg-type]


def said_by(rule: Rule, **thresholds: int | Decimal) -> Finding:
    """In a jurisdiction that sets these thresholds."""
    case = a_case(policy=Policy(thresholds={"X1": thresholds}))
    (finding,) = rule.findings(case)
    return finding


def test_thresholds_are_the_keyword_only_parameters_of_a_rule() -> None:
    assert dict(a_rule(many).thresholds) == {"fewest_moves": 3, "most_share": Decimal("0.5")}
    assert dict(RULEBOOK["E107"].thresholds) == {"fewest_moves": 3, "window_months": 12}
    assert not RULEBOOK["E101"].thresholds


def test_a_finding_says_by_what_it_was_judged() -> None:
    found = said_by(a_rule(many))
    assert found.thresholds == (("fewest_moves", "3"), ("most_share", "0.5"))
    assert found.explanation.en == "3 Decimal('0.5')"


def test_a_jurisdiction_may_judge_by_other_thresholds() -> None:
    found = said_by(a_rule(many), fewest_moves=2)
    assert found.thresholds == (("fewest_moves", "2"), ("most_share", "0.5"))
    assert found.explanation.en == "2 Decimal('0.5')"


def test_a_whole_number_where_a_decimal_is_wanted_is_one() -> None:
    assert said_by(a_rule(many), most_share=1).explanation.en == "3 Decimal('1')"


def test_a_parameter_that_is_no_number_is_refused() -> None:
    with pytest.raises(RuleError, match="the threshold name needs a default that is an int or a Decimal"):
        said_by(a_rule(unnumbered))


@pytest.mark.parametrize("code", list(RULEBOOK))
def test_every_threshold_of_every_rule_is_a_number_with_a_unit(code: str) -> None:
    """The name ends in what is counted or measured, so that a setting can be read without the rule."""
    assert all("_" in name for name in RULEBOOK[code].thresholds)
