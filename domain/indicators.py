"""The published indicators over a set of contracting processes, and how well they agree with labels."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.evidence.ocds import Process
from domain.evidence.ocds_market import Group, Market, MarketCase, ProcessCase
from domain.indication import Indication
from domain.policy import Policy
from domain.rule import RULEBOOK, Rule
from domain.trial import in_force, verdicts

INDICATED: Final = (ProcessCase, MarketCase)
"""The cases indicators are about; no case kind judges them."""

Results = dict[str, dict[str, dict[str, float]]]
"""Group → whom → code → value, as Cardinal prints it."""


@dataclass(frozen=True, slots=True)
class Indicated:
    """What one indicator says; ``thresholds`` are those it was judged by."""

    rule: Rule
    indication: Indication
    thresholds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Indicators:
    """``codes`` are those that ran over ``processes``, the keys of all that count.

    ``repeated`` counts processes that came again and were left out.
    """

    codes: tuple[str, ...]
    indicated: tuple[Indicated, ...]
    processes: tuple[str, ...]
    currency: str | None
    repeated: int

    def results(self) -> Results:
        results: Results = {}
        for each in self.indicated:
            flagged = results.setdefault(each.indication.group, {}).setdefault(each.indication.flagged, {})
            flagged[each.rule.code] = each.indication.value
        return {group: results[group] for group in Group if group in results}


@dataclass(frozen=True, slots=True)
class Agreement:
    """An indicator beside published labels.

    ``flagged`` counts whom it flags of ``group``; ``processes`` are those it flags or, of a
    firm, those its number comes from; ``labelled`` of them have a label. ``precision`` is the
    share of these labelled true, ``base_rate`` that among all labelled processes; None of none.
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
    """Judge processes as they come, then all together; by the whole rulebook unless ``rules`` are given."""
    market = Market(policy, currency)
    rules = indicator_rules() if rules is None else rules
    alone = [rule for rule in rules if rule.case_type is ProcessCase]
    indicated = [each for case in market.take(processes) for rule in alone for each in _said(rule, case)]
    whole = market.case()
    indicated += [each for rule in rules if rule.case_type is MarketCase for each in _said(rule, whole)]
    return Indicators(tuple(rule.code for rule in rules), tuple(indicated), whole.keys, whole.currency, market.repeated)


def indicator_rules(codes: Collection[str] | None = None) -> Sequence[Rule]:
    """The rules about processes and markets, by code; only those of ``codes`` where given."""
    return [rule for code, rule in RULEBOOK.items() if rule.case_type in INDICATED and (codes is None or code in codes)]


def agreements(found: Indicators, labels: Mapping[str, bool]) -> Iterator[Agreement]:
    """One per indicator and group it flags by itself; of an indicator that flags nobody, one all the same."""
    base_rate = _share_true(labels, found.processes)
    for code in found.codes:
        own = [each.indication for each in found.indicated if each.rule.code == code and not each.indication.beside]
        for group in sorted({str(each.group) for each in own}) or [""]:
            flagged = [each for each in own if each.group == group]
            keys = {key for each in flagged for key in each.processes}
            labelled = sum(_label(labels, key) is not None for key in keys)
            yield Agreement(code, group, len(flagged), len(keys), labelled, _share_true(labels, keys), base_rate)


def _said(rule: Rule, case: ProcessCase | MarketCase) -> Iterator[Indicated]:
    judged_by = {name: str(value) for name, value in in_force(rule, case).items()}
    for verdict in verdicts(rule, case):
        assert isinstance(verdict, Indication)
        yield Indicated(rule, verdict, judged_by)


def _label(labels: Mapping[str, bool], key: str) -> bool | None:
    """That of the process itself, or of the tender it is a lot of."""
    return labels.get(key, labels.get(key.rpartition("/")[0]))


def _share_true(labels: Mapping[str, bool], keys: Iterable[str]) -> float | None:
    said = [label for key in keys if (label := _label(labels, key)) is not None]
    return sum(said) / len(said) if said else None
