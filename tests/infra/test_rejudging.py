"""What was judged by other rules or policies is judged anew, and ends as if it had been recorded under these."""

import lzma
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from alerts.tables import NOTICES
from domain.policy import Policy, PolicyBook
from domain.rule import RULEBOOK
from infra.bundles.bundle import read_bundle
from infra.bundles.exporting import bundle_of
from infra.bundles.verifying import BundleCheck
from infra.checks import Check, Mark
from infra.rebuilding import Rebuilding
from infra.rejudging import Rejudged, rejudge
from infra.settings import Settings
from projections.boards.clue_board import CLUES
from projections.boards.due_dates import MOST_AT_ONCE
from streams.shard.rebuild import Differs
from tests.approval_builders import accepted
from tests.builders import LEAD, RIVAL, SOMEONE_ELSE, a_bid, a_bid_opening, a_payment
from tests.examples import examples
from tests.lead_strategies import histories as histories_of_leads
from tests.lead_strategies import policies, put_keys
from tests.monitor import CLOSED, SOURCE, START, Clock, Message, Monitor, said, told_complete
from tests.projections.judging.test_approvals import histories as histories_of_cases
from tests.projections.judging.test_sites import histories as histories_of_sites
from tests.shards import Shards
from tests.site_builders import checked
from tests.streams.test_cross_bid_laws import CrossBidEnd
from tests.streams.test_cross_bid_laws import histories as histories_of_lots
from tests.streams.test_laws import LAW, arrivals, assert_same
from tests.streams.test_shards import APART

VERSION_1 = Path(__file__).parent / "version_1"
"""``ledger.db`` was recorded by the code of commit dca4e37, whose rules were all of version 1.

Three bidders and leads: a rival pays the first lead's pension, and the bidder one month of work-injury insurance,
which cleared the lead (E101); two firms pay the second lead's work-injury insurance, which accused the lead (E104,
under investigation); nothing is known of the third (E105, acknowledged). ``clue.bundle`` is that code's bundle
about E104.
"""
SILENT_MONTHS = Path(__file__).parent / "silent_months"
"""``ledger.db`` was recorded by the code of commit d07a8c9, which kept check-ins under the site and the month as well.

Of two leads one never checked in, and the other's only check-in was retracted; somebody else's check-in on the site
of the latter was retracted too. S501, version 3, said of both months that nobody's attendance was known.
"""
SITES_AND_CASES = PolicyBook(
    default=Policy(
        settling_seconds=20,
        thresholds={"S501": {"fewest_share_percent": 50}, "A601": {"yellow_working_days": 5}},
    )
)

histories = st.one_of(histories_of_leads(), histories_of_lots(), histories_of_sites(), histories_of_cases())
books = st.one_of(policies, st.just(SITES_AND_CASES))


def under(monitor: Monitor, policy: PolicyBook) -> Monitor:
    """The same folder under another policy, after a restart."""
    monitor.settings = monitor.settings.model_copy(update={"policy": policy})
    monitor.reopen()
    return monitor


def judged_anew(monitor: Monitor, *, again: bool = False, tell: bool = False) -> Rejudged:
    found = rejudge(monitor.installation, again=again, tell=tell)
    monitor.reopen()
    return found


def the_end(monitor: Monitor) -> CrossBidEnd:
    monitor.clock.moment = START + timedelta(days=40)
    while monitor.shard.let_time_pass():
        pass
    Rebuilding(monitor.installation).rebuild()
    return CrossBidEnd(monitor)


def opened(folder: str, policy: PolicyBook) -> Monitor:
    put_keys(Path(folder))
    return Monitor(Settings(data=Path(folder), policy=policy), Clock(START))


def sent(monitor: Monitor, batches: Sequence[Sequence[Message]]) -> None:
    for batch in batches:
        monitor.send(*batch)
        monitor.clock.pass_by(hours=1)


@settings(LAW, max_examples=examples(40))
@given(st.data())
def test_a_history_judged_anew_ends_as_if_recorded_under_the_policies_in_force(data: st.DataObject) -> None:
    """Also where the policies changed between two facts, where more facts come, and where it is done twice."""
    batches = data.draw(arrivals(data.draw(histories)))
    before, after = data.draw(books), data.draw(books)
    first = data.draw(st.integers(0, len(batches)))
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        changed, fresh = opened(one, before), opened(other, after)
        sent(changed, batches[:first])
        found = judged_anew(under(changed, after))
        event(f"{bool(found.changes)}: clues changed")
        recorded = changed.ledger()
        assert judged_anew(changed) == Rejudged(found.since, False, found.changes)
        assert changed.ledger() == recorded
        for monitor in (changed, fresh):
            sent(monitor, batches[first:] if monitor is changed else batches)
        assert_same(the_end(changed), the_end(fresh))
        for monitor in (changed, fresh):
            monitor.close()


def test_judging_again_by_the_same_rules_changes_no_clue(monitor: Monitor) -> None:
    monitor.send(said(a_bid_opening(), "opening"), said(a_payment(), "paid"))
    rows = monitor.rows(CLUES)
    assert judged_anew(monitor).changes == judged_anew(monitor, again=True).changes == ()
    assert monitor.rows(CLUES) == rows
    Rebuilding(monitor.installation).rebuild()


def test_a_policy_is_the_cause_of_what_it_changed(monitor_anywhere: Monitor) -> None:
    monitor = told_complete(monitor_anywhere)
    monitor.send(said(a_bid_opening(), "opening"), said(a_payment(month="2025-01"), "paid"))
    assert "E105" in monitor.open_rules()
    under(monitor, PolicyBook(default=Policy(lookback_months=6)))
    with pytest.raises(Differs):
        Rebuilding(monitor.installation).rebuild()
    judged_anew(monitor)
    assert "E105" not in monitor.open_rules()
    assert monitor.clues()["E105"].history[-1]["caused_by"] == "rules"
    Rebuilding(monitor.installation).rebuild()


def test_what_was_interrupted_is_judged_by_whoever_comes_next(monitor: Monitor) -> None:
    cases = [said(accepted("03-02", 10, case_id=f"AP-{number}"), f"m{number}") for number in range(MOST_AT_ONCE + 5)]
    monitor.send(*cases)
    under(monitor, SITES_AND_CASES)

    def stop(left: int) -> None:
        assert left == 5 + len({"departments"}) - 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rejudge(monitor.installation, progress=stop)
    monitor.reopen()
    monitor.clock.pass_by(seconds=1)
    assert monitor.shard.let_time_pass()
    assert monitor.shard.left_to_judge_anew == 0
    assert not judged_anew(monitor).now
    Rebuilding(monitor.installation).rebuild()


def test_each_shard_judges_anew_what_is_its_own(tmp_path: Path) -> None:
    """Nothing of an adoption goes to another shard."""
    put_keys(tmp_path)
    clock = Clock(START)
    shards = Shards(tmp_path, tmp_path / "keys", APART, clock)
    leads = (LEAD, SOMEONE_ELSE)
    bids = (a_bid(person=LEAD), a_bid(person=SOMEONE_ELSE, bidder=RIVAL))
    opening = a_bid_opening(bids=bids)
    paid = (a_payment(person=each, month="2025-01") for each in leads)
    shards.send(0, *CLOSED, said(opening, "opening"), *(said(each, f"p{number}") for number, each in enumerate(paid)))
    shards.carry_all()
    clock.pass_by(hours=1)
    shards.let_time_pass()
    assert sorted(clue.rule for clue in shards.open_clues()).count("E105") == len(leads)
    in_force = PolicyBook(default=Policy(lookback_months=6))
    for installation in shards.installations:
        settings_now = installation.settings.model_copy(update={"policy": in_force})
        anew = replace(installation, settings=settings_now)
        assert "withdrawn" in {change.what for change in rejudge(anew).changes if change.cause == "rules"}
        Rebuilding(anew).rebuild()
    assert "E105" not in {clue.rule for clue in shards.open_clues()}
    shards.close()


@pytest.fixture
def version_1(tmp_path: Path) -> Monitor:
    """What version 1 recorded, opened by this program, after the sources closed what they delivered."""
    put_recorded(VERSION_1, tmp_path)
    monitor = Monitor(Settings(data=tmp_path), Clock(START + timedelta(days=1)))
    monitor.register(SOURCE)  # The upgrade has granted it what it had sent, and that was no closing.
    monitor.clock.pass_by(days=1)
    return told_complete(monitor)


def put_recorded(before: Path, folder: Path) -> None:
    """A data folder as an earlier program left it."""
    put_keys(folder)
    log_key = folder / "keys" / "log.key"
    log_key.touch(mode=0o600)
    log_key.write_bytes(bytes(32))
    (folder / "ledger.db").write_bytes(lzma.decompress((before / "ledger.db.xz").read_bytes()))


def stands(monitor: Monitor) -> set[tuple[str, int, str, str]]:
    rows = monitor.rows(CLUES)
    return {(row.rule, row.rule_version, row.outcome, row.status) for row in rows if row.status != "withdrawn"}


def test_clues_of_version_1_stay_readable_and_are_judged_anew(version_1: Monitor) -> None:
    assert stands(version_1) == {
        ("C302", 1, "mismatch", "raised"),
        ("E104", 1, "suspect", "under-investigation"),
        ("E105", 1, "suspect", "acknowledged"),
    }
    with pytest.raises(Differs, match="judged by C302 version 1, and version 3 is in force: tender-monitor rejudge"):
        Rebuilding(version_1.installation).rebuild()
    judged_anew(version_1)
    assert {(rule, version) for rule, version, _, _ in stands(version_1)} >= {("C302", 3), ("E101", 2), ("E105", 3)}
    by_rule = {row.rule: row for row in version_1.rows(CLUES) if row.status != "withdrawn"}
    assert by_rule["E101"].history[-1]["what"] == "reopened"
    assert by_rule["E104"].status == "under-investigation"
    assert by_rule["E104"].evidence_changed
    assert not by_rule["E104"].stands
    causes = {rule: row.history[-1]["caused_by"] for rule, row in by_rule.items()}
    assert causes == {
        rule: f"rule {rule} version {RULEBOOK[rule].version}"
        for rule in ("C302", "E101", "E102", "E104", "E105", "T402")
    }
    Rebuilding(version_1.installation).rebuild()
    assert not judged_anew(version_1).now


def told(monitor: Monitor) -> set[tuple[str, str]]:
    """Who was told what, from the second day on."""
    since = (START + timedelta(days=2)).isoformat()
    return {(row.recipient_role, row.occasion) for row in monitor.rows(NOTICES) if row.created_at >= since}


def test_of_what_is_judged_anew_the_supervisor_alone_gets_a_summary(version_1: Monitor) -> None:
    judged_anew(version_1)
    assert told(version_1) == set()
    the_end(version_1)
    assert told(version_1) == {("supervisor", "history-loaded")}


def test_everybody_is_told_of_what_is_judged_anew_where_that_is_wanted(version_1: Monitor) -> None:
    judged_anew(version_1, tell=True)
    assert ("supervisor", "reopened") in told(version_1)
    Rebuilding(version_1.installation).rebuild()


def test_version_1_judged_anew_equals_a_folder_recorded_under_version_2(version_1: Monitor) -> None:
    judged_anew(version_1)
    again = [message for message in version_1.facts() if message["source"] == "urn:test:source"]
    with TemporaryDirectory() as folder:
        fresh = opened(folder, PolicyBook())
        fresh.send(*({name: each[name] for name in each if name not in OURS} for each in again))
        expected = the_end(fresh)
        fresh.close()
    # An investigation was opened in the old folder, so that clue stays although the rule no longer finds anything.
    found = the_end(version_1)
    assert {clue for clue in found.clues if clue.rule != "E104"} == expected.clues
    assert found.tables == expected.tables


def test_a_folder_with_check_ins_kept_by_site_and_month_is_judged_anew_and_stays_readable(tmp_path: Path) -> None:
    put_recorded(SILENT_MONTHS, tmp_path)
    monitor = Monitor(Settings(data=tmp_path), Clock(START))
    with pytest.raises(Differs, match="judged by S501 version 3, and version 4 is in force: tender-monitor rejudge"):
        Rebuilding(monitor.installation).rebuild()
    judged_anew(monitor)
    assert {(clue.rule, "of anybody" in clue.explanation) for clue in monitor.open_clues()} == {("S501", False)}
    assert [len(keys_of_subjects(fact)) for fact in monitor.facts() if fact["id"] == "somebody"] == [3]
    monitor.send(said(checked("08-06 08:00"), "now"))
    assert len(keys_of_subjects(monitor.facts()[-1])) == 2
    the_end(monitor)
    monitor.close()


def keys_of_subjects(fact: dict[str, Any]) -> list[str]:
    """Those under which a recorded fact is indexed."""
    return str(fact["subjectkeys"]).split(",")


def test_a_bundle_of_version_1_says_by_which_version_it_was_judged() -> None:
    """What was recorded and signed still holds; only the rule cannot be applied again by this program."""
    bundle = read_bundle(lzma.decompress((VERSION_1 / "clue.bundle.xz").read_bytes()))
    checks = {check.check: check for check in BundleCheck(bundle, None).run()}
    assert checks["entries"].result is checks["history"].result is Mark.OK
    assert checks["findings"].result is Mark.NOTE
    assert "E104 version 1 (here: 2)" in checks["findings"].detail


def test_a_bundle_made_before_judging_anew_says_that_the_clue_is_older(version_1: Monitor) -> None:
    (clue,) = (clue for clue in version_1.open_clues() if clue.rule == "C302")
    before = _checked(version_1, clue.clue_id)
    assert before["history"].result is Mark.NOTE
    assert "last judged by C302 version 1" in before["history"].detail
    judged_anew(version_1)
    assert {check.result for check in _checked(version_1, clue.clue_id).values()} == {Mark.OK}


def _checked(monitor: Monitor, clue_id: str) -> dict[str, Check]:
    bundle = read_bundle(bundle_of(monitor.installation, clue_id).written())
    key = monitor.installation.log_identity.verifier()
    return {check.check: check for check in BundleCheck(bundle, key).run()}


OURS = ("recordedat", "subjectkeys")
"""What the ledger adds to a message."""
