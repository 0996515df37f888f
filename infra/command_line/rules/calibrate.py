"""``calibrate``: a draft rule or another threshold, tried out on everything recorded."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from domain.rule import RULEBOOK, Rule
from domain.trial import Trial
from infra.command_line.evidence import evidence
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_list
from infra.command_line.rules.thresholds import threshold_of
from infra.documents.plain import document
from infra.trials import UnusableDraft, read_draft, try_out
from projections.questions.calibration import Calibration

TALLIES: Final = {
    "month": "month",
    "bidder": "bidder",
    "before": "clues now",
    "after": "then",
    "gained": "gained",
    "lost": "lost",
    "changed": "changed",
}


@click.command()
@click.argument("code", metavar="RULE")
@click.option("--threshold", "thresholds", multiple=True, metavar="NAME=VALUE", help="Judge by another number.")
@click.option(
    "--draft",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Python file with a draft of RULE, or with a new rule of that code; it is run.",
)
@partial(common_options, is_list=True)
def calibrate(common: Common, code: str, thresholds: Sequence[str], draft: Path | None) -> None:
    """See which clues a change of RULE would gain and lose, by bidder and month.

    The changed rule and the rule as it is judge everything recorded. Live clues are not
    touched.
    """
    trial = _trial(code, thresholds, draft)
    with evidence(common.settings()) as read:
        found = try_out(read.installation, read.connection, trial)
    shown = {"rule": code, "thresholds": _thresholds(trial), **document(found)}
    print_list(common.form, shown, map(document, found.tallies), TALLIES, above=_counts(found))


def _trial(code: str, thresholds: Sequence[str], draft: Path | None) -> Trial:
    current = RULEBOOK.get(code)
    tried = _read(draft, code) if draft is not None else current
    if tried is None:
        raise click.UsageError(f"there is no rule {code}; give its draft (--draft FILE.py)")
    if draft is None and not thresholds:
        raise click.UsageError("give what is to change: --threshold NAME=VALUE or --draft FILE.py")
    if current is not None and current.case_type is not tried.case_type:
        raise click.UsageError(f"the draft is about another kind of case than {code}")
    return Trial(tried, current, dict(threshold_of(tried, text) for text in thresholds))


def _read(draft: Path, code: str) -> Rule:
    try:
        rule = read_draft(draft)
    except UnusableDraft as error:
        raise click.UsageError(str(error)) from error
    if rule.code != code:
        raise click.UsageError(f"{draft} is a draft of {rule.code}, not of {code}")
    return rule


def _thresholds(trial: Trial) -> dict[str, str]:
    return {name: str(value) for name, value in {**trial.tried.thresholds, **trial.changed}.items()}


def _counts(found: Calibration) -> str:
    counts: dict[str, Any] = {"gained": 0, "lost": 0, "changed": 0}
    for clue in found.clues:
        counts[clue.difference] += 1
    told = ", ".join(f"{number} {difference}" for difference, number in counts.items())
    return f"{found.cases} cases: {found.before} clues now, {found.after} then ({told})"
