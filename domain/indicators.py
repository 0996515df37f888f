"""Published indicators applied to contracting processes, and how well they agree with labels."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.evidence.ocds import Process
from domain.evidence.ocds_market import Group, Market, MarketCase, ProcessCase
from domain.indication import Indication
from domain.policy import Policy
from domain.rule import RULEBOOK, Rule
from domain.trial import verdicts

INDICATED: Final = (ProcessCase, MarketCase)
"""The types of case that indicators read; the monitor's own case kinds never make these."""

Results = dict[str, dict[str, dict[str, float]]]
"""Group → who is flagged → indicator code → value, as Cardinal prints it."""


@dataclass(frozen=True, slots=True)
class Indicated:
    """One indication, with its rule and the thresholds that the rule was applied with."""

    rule: Rule
    indication: Indication
    thresholds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Indicators:
    """The result of one run.

    ``codes`` are the indicators that ran. ``processes`` are the keys of all processes that counted.
    ``repeated`` is how many processes came again under a known key and were left out. ``unread`` names those
    that were left out because something in them could not be read.
    """

    codes: tuple[str, ...]
    indicated: tuple[Indicated, ...]
    processes: tuple[str, ...]
    currency: str | None
    repeated: int
    unread: tuple[str, ...]

    def results(self) -> Results:
        results: Results = {}
        for indicated in self.indicated:
            indication = indicated.indication
            values = results.setdefault(indication.group, {}).setdefault(indication.flagged, {})
            values[indicated.rule.code] = indication.value
        return {group: results[group] for group in Group if group in results}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well one indicator agrees with published labels.

    ``flagged`` counts whom the indicator flags in ``group``. ``processes`` counts the processes it
    flags, or those that the number of a flagged firm comes from; ``labelled`` of them have a label.
    ``precision`` is the share of these that are labelled true. ``base_rate`` is the share among all
    labelled processes. Both are None where nothing is labelled.
    """

    indicator: str
    group: str
    flagged: int
    processes: int
    labelled: int
    precision: float | None
    base_rate: float | None


def indicate(
    processes: Iterable[Process],
    policy: Policy,
    *,
    currency: str | None = None,
    rules: Sequence[Rule] | None = None,
) -> Indicators:
    """Apply ``rules``, or all indicators of the rulebook, to each process and then to all together.

    ``currency`` is the one in which amounts are compared; None takes the first one seen.
    """
    market = Market(policy, currency)
    rules = indicator_rules() if rules is None else rules
    alone = [rule for rule in rules if rule.case_type is ProcessCase]
    indicated = [found for case in market.take(processes) for rule in alone for found in _apply(rule, case)]
    whole = market.case()
    indicated += [found for rule in rules if rule.case_type is MarketCase for found in _apply(rule, whole)]
    codes = tuple(rule.code for rule in rules)
    return Indicators(codes, tuple(indicated), whole.keys, whole.currency, market.repeated, tuple(market.unread))


def indicator_rules(codes: Collection[str] | None = None) -> Sequence[Rule]:
    """The rules that are indicators, sorted by code; only those among ``codes`` where given."""
    return [rule for code, rule in RULEBOOK.items() if rule.case_type in INDICATED and (codes is None or code in codes)]


def agreements(result: Indicators, labels: Mapping[str, bool]) -> Iterator[Agreement]:
    """One agreement for each indicator and each group it flags, derived indications left out.

    An indicator that flags nobody has one agreement, with an empty group. ``labels`` are given by
    the key of a process, or by the id of the tender that the process is a lot of.
    """
    base_rate = _share_true(labels, result.processes)
    for code in result.codes:
        own = [found.indication for found in result.indicated if found.rule.code == code]
        own = [indication for indication in own if not indication.derived]
        for group in sorted({str(indication.group) for indication in own}) or [""]:
            flagged = [indication for indication in own if indication.group == group]
            keys = {key for indication in flagged for key in indication.processes}
            labelled = sum(_label(labels, key) is not None for key in keys)
            yield Agreement(code, group, len(flagged), len(keys), labelled, _share_true(labels, keys), base_rate)


def _apply(rule: Rule, case: ProcessCase | MarketCase) -> Iterator[Indicated]:
    thresholds = {name: str(value) for name, value in rule.in_force(case).items()}
    for verdict in verdicts(rule, case):
        assert isinstance(verdict, Indication)
        yield Indicated(rule, verdict, thresholds)


def _label(labels: Mapping[str, bool], key: str) -> bool | None:
    """The label of the process itself, else the label of the tender that it is a lot of."""
    return labels.get(key, labels.get(key.rpartition("/")[0]))


def _share_true(labels: Mapping[str, bool], keys: Iterable[str]) -> float | None:
    known = [label for key in keys if (label := _label(labels, key)) is not None]
    return sum(known) / len(known) if known else None
