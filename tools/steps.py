"""Writes docs/investigations.md from the table of steps: ``make steps``."""

import inspect
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from domain.investigating import Investigating
from domain.investigation.conclusion import Outcome
from domain.investigation.parts import PauseGround
from domain.investigation.steps import STATES_ZH, STEPS, State, Step, Who

PAGE: Final = Path(__file__).parents[1] / "docs" / "investigations.md"
_INTRO: Final = """# Investigations 核查

<!-- Written from the code by `make steps`: change domain/investigation/steps.py. -->

An investigation is what an office does about a matter, from the opening to an end that holds
([decision 57](decisions/0057-investigations.md)). Every step is an event in the ledger that says who took it (account,
role, jurisdiction, and whom a deputy stands in for) and why. Nobody takes part in the own case: not who speaks for a
party by any right of the account, and not who has left the case. Words and files are sealed; the ledger keeps their
digests. This is the domain alone: no command, call or page reaches it yet, and supervisors decide clue by clue.
"""
_TERMS: Final = (
    ("assign_days", "分派", "from the opening, or from a recusal, to the handler"),
    ("decide_days", "审定", "from the opening to the decision; lawful pauses stop this clock"),
    ("explanation_days", "说明", "the bidder's answer, and that of an authority; the handler may set another term"),
    ("objection_days", "申诉", "from serving; afterwards nobody may object"),
    ("review_days", "复核", "from the objection to the review"),
)


def page() -> str:
    """The whole content."""
    return "\n".join([_INTRO, *_states(), *_steps(), *_people(), *_terms(), *_outcomes(), *_pauses()])


def _states() -> Iterator[str]:
    yield from ("## States", "", "| state | 中文 | steps |", "|---|---|---|")
    for state in State:
        steps = ", ".join(step.name for step in STEPS.values() if state in step.states)
        yield f"| {state} | {STATES_ZH[state]} | {steps} |"
    yield ""


def _steps() -> Iterator[str]:
    yield from ("## Steps", "", "| step | 中文 | who | in the state | leads to | what it does | reason |")
    yield "|---|---|---|---|---|---|---|"
    yield from map(_row, STEPS.values())
    yield ""


def _row(step: Step) -> str:
    who, reason = ", ".join(step.who), "yes" if step.reason else ""
    return f"| {step.name} | {step.zh} | {who} | {_in_words(step)} | {step.to or ''} | {step.does} | {reason} |"


def _in_words(step: Step) -> str:
    if step.states == tuple(State):
        return "any"
    if step.states == tuple(state for state in State if not state.has_left):
        return "any but merged, transferred"
    return ", ".join(step.states)


def _people() -> Iterator[str]:
    yield from ("## Who", "", "| who | |", "|---|---|")
    yield from (f"| {who} | {says} |" for who, says in _documented(Who))
    yield ""


def _terms() -> Iterator[str]:
    yield from ("## Terms", "", "In working days of the place, by the policy of the jurisdiction.", "")
    yield from ("| policy | 中文 | days | |", "|---|---|---|---|")
    default = Investigating()
    yield from (f"| `{name}` | {zh} | {getattr(default, name)} | {says} |" for name, zh, says in _TERMS)
    yield ""


def _outcomes() -> Iterator[str]:
    yield from ("## Outcomes", "", "| outcome | 中文 |", "|---|---|")
    yield from (f"| {outcome} | {says} |" for outcome, says in _documented(Outcome))
    yield ""


def _pauses() -> Iterator[str]:
    yield from ("## Lawful pauses", "", "| ground | 中文 |", "|---|---|")
    yield from (f"| {ground} | {says} |" for ground, says in _documented(PauseGround))
    yield ""


def _documented(kind: type[StrEnum]) -> Iterator[tuple[str, str]]:
    """Each member with the words that stand under it in the code."""
    lines = [line.strip() for line in inspect.getsource(kind).splitlines()]
    words = [line.strip('"') for line in lines[1:] if line.startswith('"""') and line.endswith('"""')]
    members = list(kind)
    yield from zip(members, words[-len(members) :], strict=True)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
