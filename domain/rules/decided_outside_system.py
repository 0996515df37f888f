"""Decided outside the system 脱离审批系统办理（体外循环）."""

from collections.abc import Iterator
from datetime import timedelta

from domain.approval import ApprovalCase, Entry
from domain.approval.back_filling import Bulk, back_filled
from domain.approval.verdict_texts import consistent, facts_of, mismatch, suspect, undecided
from domain.rule import Severity, Verdict, rule

CODE = "A603"


@rule(
    code=CODE,
    version=2,
    title="Decided outside the system",
    title_zh="脱离审批系统办理（体外循环）",
    clause="工程建设项目审批“体外循环”整治",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def decided_outside_system(
    case: ApprovalCase,
    *,
    fewest_entries: int = 3,
    within_minutes: int = 5,
    longest_hours_together: int = 24,
) -> Iterator[Verdict]:
    """The system was only told what had been decided elsewhere.

    Three signs: a decision without an acceptance before it; a decision whose document is dated
    before the acceptance; three or more steps recorded by the source within five minutes for
    times more than a day apart. When *we* received them says nothing, so a source that does not
    say when it recorded a step gives no such sign.

    Example: the permit is dated 3 June, the acceptance was entered on 10 June.

    Why: what is decided outside the system keeps no limits and leaves no traces.

    Excluded: steps whose source does not say when it recorded them, for the sign of entries made
    together.

    Outcome: mismatch high; suspect medium.
    Data: approval-recorded.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    在系统之外办理，事后才录入系统。

    有三种迹象：决定之前没有受理记录；决定文书的落款早于受理；三个以上环节在5分钟内录入，而其办理时间相差一天以上。以数
    据源自身的录入时间为准，与本系统何时收到无关；数据源未载明录入时间的，不判断第三种迹象。

    示例：许可文书落款为6月3日，而受理于6月10日录入。

    原因：在系统之外办理的，既不受时限约束，也不留痕迹。

    除外：判断集中录入时，数据源未载明录入时间的环节。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    decided = case.decided
    if decided is None:
        yield undecided(*case.entries)
    else:
        yield _accepted_first(case, decided)
        yield from _dated_after(case)
    bulk = Bulk(fewest_entries, timedelta(minutes=within_minutes), timedelta(hours=longest_hours_together))
    yield _filled_in_time(case, bulk)


def _accepted_first(case: ApprovalCase, decided: Entry) -> Verdict:
    accepted = case.accepted
    facts = facts_of(accepted, decided)
    if accepted is not None and accepted.at <= decided.at:
        return consistent("决定之前已在系统中受理。", "The case was accepted in the system before the decision.", facts)
    return mismatch(
        f"{decided.day}作出决定，本系统未收到此前的受理记录。",
        f"Decided on {decided.day}, and no acceptance before it is known.",
        facts,
        Severity.HIGH,
    )


def _dated_after(case: ApprovalCase) -> Iterator[Verdict]:
    accepted, decided = case.accepted, case.decided
    dated = decided.statement.document_date if decided is not None else None
    if accepted is None or dated is None:
        return
    facts = facts_of(accepted, decided)
    if dated >= accepted.day:
        zh, en = f"决定文书落款{dated}，不早于受理。", f"The document is dated {dated}, not before the acceptance."
        yield consistent(zh, en, facts, discriminator="document")
        return
    yield mismatch(
        f"决定文书落款{dated}，早于受理日{accepted.day}。",
        f"The document is dated {dated}, before the acceptance on {accepted.day}.",
        facts,
        Severity.HIGH,
        discriminator="document",
    )


def _filled_in_time(case: ApprovalCase, bulk: Bulk) -> Verdict:
    found = back_filled(case.entries, bulk)
    if not found:
        zh, en = "各环节没有集中补录。", "The steps were not back-filled in bulk."
        return consistent(zh, en, facts_of(*case.entries), discriminator="back-filled")
    first, last = min(entry.day for entry in found), max(entry.day for entry in found)
    return suspect(
        f"{first}至{last}的{len(found)}个环节的记录系在{bulk.minutes}分钟内集中录入。",
        f"{len(found)} steps of {first} to {last} were recorded within {bulk.minutes} minutes.",
        facts_of(*found),
        Severity.MEDIUM,
        discriminator="back-filled",
    )
