"""Lead replaced without consent 未经同意更换项目负责人."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from domain.evidence import RecordedFact
from domain.evidence.won import Acting, WonCase
from domain.facts.attendance import ProjectFact, SiteInspected
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "L202"

_Shown = list[tuple[date, RecordedFact]]
"""What shows that a person leads, each with its day."""


@rule(
    code=CODE,
    version=1,
    title="Lead replaced without consent",
    title_zh="未经同意更换项目负责人",
    clause="注册建造师执业管理办法（试行）第十条；招标投标法实施条例",
    severity=Severity.HIGH,
)
def lead_replaced_without_consent(case: WonCase, *, fewest_days: int = 2) -> Iterator[Verdict]:
    """Somebody else than the lead of the winning bid runs the project, and no consent was recorded.

    Three things show who leads: what is recorded of the project's course (start, stop, acceptance);
    check-ins on the site in the role of the project lead, on at least two days; one inspection that met
    somebody in that role. A recorded change (``lead-changed``) allows the new lead from its day on, and
    whoever follows by further changes. One finding for each person. A change that is recorded late
    counts from the day that it names, and withdraws the finding.

    Example: firm A wins with the lead X; the project starts on 1 July with the lead Y, and no change
    of the lead was recorded.

    Why: the bid was won with the lead that it names; whoever else runs the site was never examined.

    Excluded: people who check in on the site in another role or in none; the leads of other firms and
    other lots under the same project code; projects of which nobody knows that the bidder builds them.

    Outcome: mismatch high.
    Data: bid-opened, award-announced, project-started, project-suspended, project-completed,
    lead-changed, attendance-recorded, site-inspected.
    Coverage: none.

    中文

    中标项目实际由投标文件载明的项目负责人以外的人负责，且未收到同意更换的记录。

    以下三项可表明由谁负责：项目开工、停工、竣工信息载明的项目负责人；以项目负责人身份在现场签到两天以上（含）；到岗检查时有人
    以该身份在场。已登记变更（lead-changed）的，新任自变更之日（含当日）起即可任职，其后依次变更的亦同。每人作一项判断。补登的变更
    自其载明之日起算，原判断相应撤回。

    示例：某企业以甲为项目负责人中标；7月1日开工信息载明的项目负责人为乙，且未收到变更记录。

    原因：中标以投标文件载明的项目负责人为前提，实际负责的他人未经评审。

    除外：以其他身份或未载明身份签到的人员；同一项目编码下其他单位、其他标段的项目负责人；未收到投标人承建信息的项目。
    """
    named, met = _named(case), _met(case, fewest_days)
    for person_id in sorted(named.keys() | met.keys()):
        yield _replaced(case, person_id, named.get(person_id, []), met.get(person_id, []))
    if case.projects and not named and not met:
        words = (
            f"未发现项目{case.project_code}未经同意更换项目负责人。",
            f"Nobody is known to lead project {case.project_code} without recorded consent.",
        )
        facts = (*case.won, *(fact for project in case.projects for fact in project.facts))
        yield Verdict(FindingOutcome.CONSISTENT, Explanation(*words), facts)


def _named(case: WonCase) -> dict[str, _Shown]:
    """By person, the facts about the project's course that name a lead to whom nobody consented."""
    found: defaultdict[str, _Shown] = defaultdict(list)
    for fact in (fact for project in case.projects for fact in project.facts):
        data = fact.data
        if isinstance(data, ProjectFact) and data.lead.person_id not in case.agreed_leads(data.on):
            found[data.lead.person_id].append((data.on, fact))
    return found


def _met(case: WonCase, fewest_days: int) -> dict[str, _Shown]:
    """By person, who acted as the lead on the site without consent: on enough days, or before an inspector."""
    found: dict[str, _Shown] = {}
    of_people: defaultdict[str, list[Acting]] = defaultdict(list)
    for each in case.acting if case.projects else ():
        if each.day >= case.begun_on and each.person_id not in case.expected_on_site(each.day):
            of_people[each.person_id].append(each)
    for person_id, seen in of_people.items():
        inspected = [each for each in seen if isinstance(each.fact.data, SiteInspected)]
        days = sorted({each.day for each in seen})[:fewest_days]
        if len(days) == fewest_days or inspected:
            shown = [*inspected, *(each for each in seen if each.day in days)]
            found[person_id] = [(each.day, each.fact) for each in shown]
    return found


def _replaced(case: WonCase, person_id: str, named: _Shown, met: _Shown) -> Verdict:
    code, day, bidder = case.project_code, case.opening.opened_on, case.opening.bidder.name
    zh, en = [], []
    if named:
        first = min(on for on, _ in named)
        zh.append(f"{first}的项目信息载明的项目负责人为他人")
        en.append(f"what was recorded of the project on {first} names another lead")
    if met:
        first = min(on for on, _ in met)
        zh.append(f"自{first}起有他人以项目负责人身份在现场")
        en.append(f"from {first} on another person was on the site in the role of the lead")
    explanation = Explanation(
        f"{day}开标、由“{bidder}”中标的项目{code}：{'；'.join(zh)}，本系统未收到同意更换项目负责人的记录。",
        f"Project {code}, won by {bidder} (opening on {day}): {' and '.join(en)}, and no consent to a change of the "
        "lead is known.",
    )
    facts = (*case.won, *(fact for _, fact in (*named, *met)))
    return Verdict(FindingOutcome.MISMATCH, explanation, facts, Severity.HIGH, discriminator=person_id)
