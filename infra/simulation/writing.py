"""The city as files: facts, truth, summary and, when asked for, lines that must be rejected."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from infra.simulation.city import City
from infra.simulation.rejects import write_rejects

NOTICE = {
    "zh": "模拟数据：城市、企业、人员与证件号码均为随机生成，与任何真实主体无关。",
    "en": "Synthetic: city, firms, people and ID numbers are random and stand for nobody real.",
}


@dataclass(frozen=True)
class Summary:
    """What was written; ``facts`` counts lines, those sent twice included."""

    facts: int
    clues: int
    appointments: int
    people: int
    by_kind: dict[str, int]
    facts_file: Path
    truth_file: Path
    city_file: Path
    rejects_file: Path | None


def simulate(
    seed: int,
    people: int,
    months: int,
    lots: int,
    until: date | None,
    out: Path,
    *,
    rejects: bool = False,
) -> Summary:
    """Write a synthetic city to the folder ``out``; the same arguments give the same bytes."""
    city = City(seed=seed, people=people, months=months, lots=lots, until=until)
    out.mkdir(parents=True, exist_ok=True)
    by_kind = _write_facts(city, out / "facts.ndjson")
    truth = city.truth()
    _write_json(out / "truth.json", truth)
    summary = Summary(
        facts=sum(by_kind.values()),
        clues=len(truth["clues"]),
        appointments=len(truth["appointments"]),
        people=people,
        by_kind=by_kind,
        facts_file=out / "facts.ndjson",
        truth_file=out / "truth.json",
        city_file=out / "city.json",
        rejects_file=write_rejects(city, out) if rejects else None,
    )
    _write_json(out / "city.json", _described(city, summary, truth))
    return summary


def _write_facts(city: City, path: Path) -> dict[str, int]:
    counted: Counter[str] = Counter()
    with path.open("wb") as file:
        for sent in city.sent():
            counted[sent.kind] += 1
            file.write(sent.line + b"\n")
    return dict(sorted(counted.items()))


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _described(city: City, summary: Summary, truth: dict[str, Any]) -> dict[str, Any]:
    return {
        "synthetic": True,
        "notice": NOTICE,
        "parameters": city.parameters.as_file(),
        "facts": summary.facts,
        "facts_by_kind": summary.by_kind,
        "bidders": len(city.firms.bidders()),
        "appointments": summary.appointments,
        "clues": summary.clues,
        "clues_by_rule": dict(sorted(Counter(clue["rule"] for clue in truth["clues"]).items())),
        "scenarios": {name: told["appointments"] for name, told in truth["scenarios"].items()},
    }
