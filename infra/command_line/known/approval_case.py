"""One approval case 审批件 on a terminal: clocks, pauses, lights, last days, and what was recorded."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import click

from domain.evidence.days import day_in_shanghai
from infra.command_line.output import print_fields, print_table
from infra.command_line.times import Times

LIGHTS_ZH: Final = {"red": "红", "yellow": "黄", "green": "绿"}
CLOCKS: Final = {
    "step": "clock",
    "light": "light",
    "started": "from",
    "stopped": "to",
    "days": "used/limit",
    "left_working_days": "left",
    "due": "last day",
    "remark": "remark",
}
INTERRUPTIONS: Final = {"what": "interrupted by", "began": "from", "ended": "to", "remark": "clock"}
EVENTS: Final = {
    "position": "position",
    "recorded": "recorded",
    "happened": "happened",
    "what": "what",
    "step": "step",
    "remark": "remark",
    "fact": "fact",
}
_FIELDS: Final = ("project_code", "jurisdiction", "department", "category")


def print_case(case: dict[str, Any], events: Sequence[dict[str, Any]], times: Times) -> None:
    _print_head(case, times)
    click.echo()
    print_table(_clocks(case, times), CLOCKS)
    interruptions = list(_interruptions(case, times))
    if interruptions:
        click.echo()
        print_table(interruptions, INTERRUPTIONS)
    click.echo()
    print_table((_event(event, times) for event in events), EVENTS, whole=True)


def days_of(clock: dict[str, Any]) -> str:
    """Such as ``12/20``, ``12/16-20`` of a range, ``≥12/20`` where a year is not announced yet."""
    used = f"{'≥' if clock['at_least'] else ''}{clock['used_working_days']}"
    limit, lower = clock["limit_working_days"], clock["lower_limit_working_days"]
    return used if limit is None else f"{used}/{limit if lower is None else f'{lower}-{limit}'}"


def _print_head(case: dict[str, Any], times: Times) -> None:
    taken, most, over = case["steps_taken"], case["most_steps"], case["steps_over_limit"]
    allowed = "" if most is None else f" of at most {most}{f', {over} too many 超环节' if over else ''}"
    click.echo(f"{case['case_id']}  {case['item_name']}\n")
    print_fields(
        {
            "light": _lit(case["light"]),
            "state": case["state"] if case["closed"] else f"{case['state']}, open for {case['age_days']} days",
            **{name: case[name] for name in _FIELDS},
            "as it had happened by": times.minute(case["valid_at"]),
            "as it was known at": times.minute(case["known_at"]),
            "steps": f"{taken}{allowed}",
            "certificates": [f"{each['certificate_no']} ({day_of(each['issued_at'])})" for each in case["certificates"]]
            or None,
            "certificate in step": {None: None, True: "yes", False: "no"}[case["certificate_in_step"]],
            "light turns": [times.minute(moment) for moment in case["turns_at"]] or None,
        }
    )


def _clocks(case: dict[str, Any], times: Times) -> Iterator[dict[str, Any]]:
    for clock in filter(None, (case["clock"], *case["steps"])):
        deadline = clock["deadline"] or {}
        yield {
            **clock,
            "step": clock["step"] or "whole case 全程",
            "light": _lit(clock["light"]),
            "started": times.minute(clock["started_at"]),
            "stopped": times.minute(clock["stopped_at"]),
            "days": days_of(clock),
            "due": deadline.get("on") or ("not announced yet" if deadline.get("provisional") else None),
            "remark": ", ".join(_remarks(clock)),
        }


def _remarks(clock: dict[str, Any]) -> Iterator[str]:
    if clock["stands"]:
        yield "stands still 停表"
    if clock["over_lower_limit"] and clock["light"] != "red":
        yield "over the lower end of the range 超下限"


def _interruptions(case: dict[str, Any], times: Times) -> Iterator[dict[str, Any]]:
    for pause in case["special_procedures"]:
        remark = "stops" if pause["listed"] else "runs on: not listed"
        what = pause["procedure"] or "special procedure without a name"
        yield {"what": what, "remark": remark, **_from_to(pause, times)}
    for correction in case["corrections"]:
        yield {"what": "corrections 补正", "remark": "runs on", **_from_to(correction, times)}


def _from_to(each: dict[str, Any], times: Times) -> dict[str, Any]:
    return {"began": times.minute(each["began_at"]), "ended": times.minute(each["ended_at"])}


def _event(event: dict[str, Any], times: Times) -> dict[str, Any]:
    said = (event["special_procedure"], event["document_no"], event["certificate_no"])
    withdrawn = ("retracted",) if event["retracted"] else ()
    retracts = (f"retracts {event['retracts']['id']}",) if event["retracts"] else ()
    return {
        **event,
        "recorded": times.minute(event["recorded_at"]),
        "happened": times.minute(event["at"]),
        "what": event["state"] or event["type"].removeprefix("tender-integrity.").removesuffix(".v1"),
        "remark": [*filter(None, said), *withdrawn, *retracts],
        "fact": f"{event['source']}#{event['id']}",
    }


def _lit(light: str) -> str:
    return f"{light} {LIGHTS_ZH[light]}"


def day_of(moment: str) -> str:
    return day_in_shanghai(datetime.fromisoformat(moment)).isoformat()
