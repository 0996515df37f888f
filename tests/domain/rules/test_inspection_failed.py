"""S503: an inspector found the person absent or unable to answer."""

import pytest

from domain.rule import FindingOutcome, Severity
from tests.builders import SOMEONE_ELSE
from tests.site_builders import a_start, a_stop, an_acceptance, an_inspection, site_finding, site_findings

S503 = "S503"


def test_absence_is_a_mismatch_of_medium_severity() -> None:
    found = site_finding(S503, an_inspection(present=False, answered=None))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.MEDIUM)
    assert "2025-08-12 10:00" in found.explanation.zh
    assert len(found.facts) == 1


def test_who_cannot_answer_is_a_mismatch_of_high_severity() -> None:
    found = site_finding(S503, an_inspection(answered=False))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)


@pytest.mark.parametrize("answered", [True, None])
def test_who_is_there_and_was_not_found_wanting_is_consistent(answered: bool | None) -> None:
    found = site_finding(S503, a_start(), an_inspection(answered=answered))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_somebody_elses_inspection_says_nothing() -> None:
    assert site_findings(S503, a_start(), an_inspection(person=SOMEONE_ELSE, present=False)) == []


def test_every_inspection_is_judged_by_itself() -> None:
    again = an_inspection(inspected_at="2025-08-13T10:00:00+08:00")
    found = site_findings(S503, an_inspection(present=False), again)
    assert [finding.outcome for finding in found] == [FindingOutcome.MISMATCH, FindingOutcome.CONSISTENT]
    assert len({finding.discriminator for finding in found}) == 2


def test_of_several_reports_of_one_moment_the_worse_counts() -> None:
    found = site_finding(S503, an_inspection(), an_inspection(answered=False), an_inspection(present=False))
    assert found.severity is Severity.HIGH
    assert len(found.facts) == 3


@pytest.mark.parametrize(
    "facts",
    [
        (a_start(), a_stop(on="2025-08-12")),
        (a_start(), an_acceptance(on="2025-08-12")),
        (a_start(on="2025-08-13"),),
    ],
    ids=["stopped", "accepted", "not begun"],
)
def test_absence_while_nothing_was_built_is_exempt(facts: tuple[object, ...]) -> None:
    found = site_finding(S503, *facts, an_inspection(present=False))  # type: ignore[arg-type]
    assert found.outcome is FindingOutcome.EXEMPT


def test_a_stop_that_began_the_day_after_does_not_exempt() -> None:
    found = site_finding(S503, a_start(), a_stop(on="2025-08-13"), an_inspection(present=False))
    assert found.outcome is FindingOutcome.MISMATCH
