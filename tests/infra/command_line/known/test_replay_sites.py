"""``replay`` of a person on sites: which fact, or which date, changed what was found."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings
from tests.builders import LEAD, SOMEONE_ELSE, a_closing
from tests.infra.command_line.conftest import Run, answer
from tests.monitor import Clock, Monitor, correction, said
from tests.projections.judging.test_sites import DAYS, DUE
from tests.site_builders import a_start, an_inspection, present_on

CHECK_IN = "tender-integrity.attendance-recorded.v1"


@pytest.fixture(scope="module")
def august(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lead comes on five days, by late files on more; in between somebody else takes the lead over.

    The source closes the month too early, so that a date and no fact makes the days that are missing evidence.
    """
    data = tmp_path_factory.mktemp("august") / "data"
    monitor = Monitor(Settings(data=data), Clock(DUE - timedelta(days=20)))
    present = [said(one, f"present-{number}") for number, one in enumerate(present_on(DAYS))]
    sent = [
        [said(a_start(on="2025-08-01"), "started"), said(a_closing("attendance-recorded", "2025-08"), "closed")],
        present[:4],
        present[4:10],
        [],
        [said(a_start(on=f"{DAYS[8]:%Y-%m-%d}", lead=SOMEONE_ELSE), "handed-over")],
        [said(an_inspection(present=False), "inspected")],
        [correction("not-so", "inspected")],
        present[10:18],
        present[18:],
    ]
    for messages in sent:
        if messages:
            monitor.send(*messages)
        else:
            monitor.clock.moment = DUE + timedelta(days=1)
        monitor.clock.pass_by(hours=1)
        monitor.shard.let_time_pass()
    monitor.close()
    return data


@pytest.fixture(scope="module")
def steps(run: Run, august: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer(run("replay", f"person:{LEAD.person_id}", "--data", august, "--json"))
    return found


def rules(step: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in step["findings"]}


def ids(step: dict[str, Any]) -> list[str]:
    return [fact["fact"]["id"] for fact in step["facts"]]


def test_each_step_names_the_facts_that_changed_what_was_found(steps: list[dict[str, Any]]) -> None:
    """Also a fact that names somebody else as the project's lead; a date that came is a step without facts."""
    assert [(ids(step), rules(step)) for step in steps[:-1]] == [
        (["started"], set()),
        ([], {"S501"}),
        (["handed-over"], {"S501"}),
        (["inspected"], {"S501", "S503"}),
        (["not-so"], {"S501"}),
    ]
    assert steps[1]["recorded_at"].startswith("2025-08-31T16:00:00")


def test_check_ins_are_told_where_they_changed_what_was_found(steps: list[dict[str, Any]]) -> None:
    """Those that came before anything was due, or after the handover, changed nothing."""
    assert ids(steps[-1]) == [f"present-{number}" for number in range(10, 18)]
    assert rules(steps[-1]) == set()
    assert all("person" not in fact["data"] for fact in steps[-1]["facts"])


def test_the_table_counts_check_ins_and_says_what_came_and_went(run: Run, august: Path) -> None:
    shown = run("replay", f"person:{LEAD.person_id}", "--data", august).stdout
    assert f"{CHECK_IN}  8 of them" in shown
    assert "time passed, or facts about others came" in shown
    assert shown.count("+ S501") == 2
    assert shown.count("- S501 no longer found") == shown.count("- S503 no longer found") == 1
