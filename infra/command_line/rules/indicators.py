"""``indicators``: the eleven published Cardinal indicators, over files of releases or over all lots recorded."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from domain.indicators import Agreement, Indicated, Indicators, agreements, indicate, indicator_rules
from domain.policy import Policy, Threshold
from domain.rule import Rule
from infra.command_line.evidence import Evidence, evidence
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json, print_table
from infra.command_line.rules.cardinal_settings import (
    CardinalSettings,
    UnusableCardinalSettings,
    read_cardinal_settings,
)
from infra.command_line.rules.thresholds import coded
from projections.questions import market
from streams.importers.ocds_processes import OcdsFiles

EXISTING: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
SOME_LEFT_OUT: Final = 3
MOST_NAMED: Final = 20
COUNTS: Final = {"indicator": "indicator", "title": "says", "group": "of", "flagged": "flagged"}
AGREEMENTS: Final = {
    "indicator": "indicator",
    "group": "of",
    "flagged": "flagged",
    "processes": "processes",
    "precision": "precision",
    "base_rate": "base rate",
    "title": "says",
}


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=EXISTING)
@click.option("--labels", type=EXISTING, help="JSON: process → true or false, to compare with.")
@click.option("--settings", "settings_file", type=EXISTING, help="A settings file of Cardinal (INI).")
@click.option("--threshold", "thresholds", multiple=True, metavar="CODE.NAME=VALUE", help="Judge by another number.")
@click.option("--currency", metavar="CODE", help="Compare amounts in this currency (default: the first seen).")
@click.option("--findings", is_flag=True, help="Each finding with its explanation, and what it rests on.")
@common_options
def indicators(
    common: Common,
    files: tuple[Path, ...],
    labels: Path | None,
    settings_file: Path | None,
    thresholds: Sequence[str],
    currency: str | None,
    findings: bool,
) -> None:
    """Run the published indicators R003 to R058 over OCDS releases.

    Each FILE holds compiled releases, one a line, or a package of them. Without FILE the
    lots in the data folder are looked at. With --json the answer has the shape of Cardinal's
    own: group, whom, code, value.
    """
    rules = {rule.code: rule for rule in indicator_rules()}
    given = _settings(settings_file, rules)
    settings = common.settings()
    policy = _policy(settings.policy.default, given, [coded(rules, text) for text in thresholds])
    with ExitStack() as closing:
        read = None if files else closing.enter_context(evidence(settings))
        source = OcdsFiles(files)
        processes = market.processes(read.connection, read.as_of) if read else source
        found = indicate(processes, policy, currency=currency or given.currency, rules=indicator_rules(given.codes))
        if findings:
            _print_findings(common, found, read)
        else:
            _print_results(common, found, _labels(labels), rules)
    if source.unreadable or found.unread or found.repeated:
        _tell_left_out(source, found)
        raise SystemExit(SOME_LEFT_OUT)


def _tell_left_out(source: OcdsFiles, found: Indicators) -> None:
    unreadable = source.unreadable + len(found.unread)
    click.echo(
        f"left out: {unreadable} unreadable, {found.repeated} more of a process already read "
        "(the indicators need compiled releases)",
        err=True,
    )
    named = [*source.named, *(f"{process}: could not be read" for process in found.unread)][:MOST_NAMED]
    for each in named:
        click.echo(f"  {each}", err=True)
    if unreadable > len(named):
        click.echo(f"  and {unreadable - len(named)} more", err=True)


def _settings(file: Path | None, rules: Mapping[str, Rule]) -> CardinalSettings:
    try:
        return read_cardinal_settings(file, frozenset(rules)) if file else CardinalSettings()
    except UnusableCardinalSettings as error:
        raise click.UsageError(str(error)) from error


def _policy(policy: Policy, given: CardinalSettings, changed: Iterable[tuple[str, str, Threshold]]) -> Policy:
    """The command line before Cardinal's settings before our own."""
    thresholds = {code: dict(own) for code, own in policy.thresholds.items()}
    for code, own in given.thresholds.items():
        thresholds.setdefault(code, {}).update(own)
    for code, name, value in changed:
        thresholds.setdefault(code, {})[name] = value
    said = {name: getattr(given.procurement, name) for name in given.procurement.model_fields_set}
    return policy.model_copy(
        update={"thresholds": thresholds, "procurement": policy.procurement.model_copy(update=said)}
    )


def _labels(file: Path | None) -> dict[str, bool] | None:
    if file is None:
        return None
    try:
        labels = json.loads(file.read_bytes())
    except ValueError as error:
        raise click.UsageError(f"{file}: not readable as JSON") from error
    if not isinstance(labels, dict) or not all(isinstance(label, bool) for label in labels.values()):
        raise click.UsageError(f"{file}: labels are an object of process → true or false")
    return labels


def _print_results(
    common: Common, found: Indicators, labels: dict[str, bool] | None, rules: Mapping[str, Rule]
) -> None:
    compared = None if labels is None else list(agreements(found, labels))
    if common.as_json:
        print_json(found.results() | ({} if compared is None else {"Labels": [asdict(each) for each in compared]}))
        return
    click.echo(f"{len(found.processes)} processes, amounts in {found.currency or 'no currency'}\n")
    if compared is not None:
        print_table(({**_percent(each), "title": rules[each.indicator].title} for each in compared), AGREEMENTS)
    else:
        print_table(_counts(found, rules), COUNTS)


def _counts(found: Indicators, rules: Mapping[str, Rule]) -> Iterable[dict[str, Any]]:
    for each in agreements(found, {}):
        yield {**asdict(each), "title": rules[each.indicator].title}


def _percent(each: Agreement) -> dict[str, Any]:
    shares = {"precision": each.precision, "base_rate": each.base_rate}
    return {**asdict(each), **{name: None if share is None else f"{share:.1%}" for name, share in shares.items()}}


def _print_findings(common: Common, found: Indicators, read: Evidence | None) -> None:
    if common.as_json:
        print_json([_finding(each, read) for each in found.indicated])
        return
    for each in found.indicated:
        indication = each.indication
        click.echo(f"{each.rule.code} {indication.group} {indication.flagged} {indication.value:g}")
        click.echo(f"  {indication.explanation.zh}\n  {indication.explanation.en}")


def _finding(each: Indicated, read: Evidence | None) -> dict[str, Any]:
    indication = each.indication
    facts = [fact for key in indication.processes if read for fact in market.facts_of(read.connection, read.as_of, key)]
    return {
        "rule": each.rule.code,
        "rule_version": each.rule.version,
        "thresholds": each.thresholds,
        "group": indication.group,
        "flagged": indication.flagged,
        "value": indication.value,
        "outcome": indication.outcome,
        "severity": indication.severity,
        "explanation": asdict(indication.explanation),
        "processes": list(indication.processes),
        "facts": facts,
    }
