"""Shared staff between bidders 不同投标人的项目管理成员为同一人."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from domain.employers import EmployerMatch, Outcome
from domain.evidence.lot import LotBid, LotCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import Words, relation

CODE = "T401"


@rule(
    code=CODE,
    version=1,
    title="Shared staff between bidders",
    title_zh="不同投标人的项目管理成员为同一人",
    clause="招标投标法实施条例 §40(3)",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def shared_staff_between_bidders(lot: LotCase) -> Iterator[Verdict]:
    """One person is named in the bids of two or more bidders of one lot, as lead or as staff.

    The regulation takes such bids for collusive, so disqualified ones count too: the naming may
    be why they were. One finding per person; it rests on the opening, and names the lot and the
    roles the bids give the person, never who it is. Two bidders that are
    surely different make a mismatch; a branch, a group member, a likely or an unreadable name
    asks for a look. A firm that hands in two bids, or names a person as lead and as staff,
    shares nobody.

    Example: firm A names a person as lead, firm B names the same person as safety officer, both
    for one lot.

    Why: bids prepared by the same people are not rivals of each other.

    Excluded: two bids of one firm; a person whom one bid names twice.

    Outcome: mismatch high; suspect low.
    Data: bid-opened.
    Coverage: none.

    中文

    同一人在同一标段两个以上投标人的投标文件中被列为项目负责人或项目管理成员。

    条例将此类投标视为串通投标，因此被否决的投标也计入：被否决可能正因如此。每人一条线索；以开标信息为依据，列出标段以及
    各投标文件中该人的角色，不指明其身份。两家投标人确属不同单位的，不符；属于总分支机构、同一集团、名称疑似或无法识别
    的，存疑。同一单位提交两份投标文件，或者将同一人既列为负责人又列为成员的，不属于此情形。

    示例：同一标段中，甲公司将某人列为项目负责人，乙公司将同一人列为安全员。

    原因：由同一批人编制的投标文件之间不存在竞争。

    除外：同一单位的两份投标文件；一份投标文件中两次列出的同一人。
    """
    naming: defaultdict[str, dict[str, LotBid]] = defaultdict(dict)
    for bid in lot.bids:
        for person_id in bid.people:
            naming[person_id].setdefault(bid.bidder.key, bid)
    named = {person_id: [naming[person_id][key] for key in sorted(naming[person_id])] for person_id in sorted(naming)}
    alike = defaultdict(list)
    for person_id, bids in named.items():
        alike[_named_as(person_id, bids)].append(person_id)
    for person_id, bids in named.items():
        verdict = _shared(lot, person_id, bids, alike[_named_as(person_id, bids)])
        if verdict:
            yield verdict


def _shared(lot: LotCase, person_id: str, bids: Sequence[LotBid], alike: Sequence[str]) -> Verdict | None:
    compared = [(pair, lot.compare(pair[0].bidder, pair[1].bidder)) for pair in combinations(bids, 2)]
    doubtful = [(pair, match) for pair, match in compared if match.outcome is not Outcome.SAME]
    if not doubtful:
        return None
    different = [(pair, match) for pair, match in doubtful if match.outcome is Outcome.DIFFERENT]
    pair, match = (different or doubtful)[0]
    return Verdict(
        FindingOutcome.MISMATCH if different else FindingOutcome.SUSPECT,
        _explained(lot, person_id, pair, match, bids, alike),
        tuple(bid.opening for bid in bids),
        Severity.HIGH if different else Severity.LOW,
        match,
        person_id,
    )


def _explained(
    lot: LotCase,
    person_id: str,
    pair: tuple[LotBid, LotBid],
    match: EmployerMatch,
    bids: Sequence[LotBid],
    alike: Sequence[str],
) -> Explanation:
    """The lot; every bid that names the person, as what; then the pair that decided."""
    opening, named = lot.opening, _named_as(person_id, bids)
    left, right = (bid.bidder.name for bid in pair)
    relation_zh, relation_en = relation(match)
    which_zh, which_en = _which(person_id, alike)
    return Explanation(
        f"标段{opening.tender_id}/{opening.lot_id}于{lot.opened_on}开标，同一人{which_zh}被{len(bids)}家投标人载明："
        f"{'，'.join(f'“{name}”列为{role_zh}' for name, (role_zh, _) in named)}；“{left}”与“{right}”{relation_zh}。",
        f"Lot {opening.tender_id}/{opening.lot_id}, opened on {lot.opened_on}: {len(bids)} bidders name the same "
        f"person{which_en}, {', '.join(f'{name} as {role_en}' for name, (_, role_en) in named)}; "
        f"{left} is {relation_en} {right}.",
    )


def _named_as(person_id: str, bids: Sequence[LotBid]) -> tuple[tuple[str, Words], ...]:
    """By bidder, the role in which its bid names the person."""
    return tuple((bid.bidder.name, _role(bid, person_id)) for bid in bids)


def _role(bid: LotBid, person_id: str) -> Words:
    """In the bid's own words, where they are not the project lead."""
    if bid.lead == person_id:
        return "项目负责人", "project lead"
    roles = bid.roles_of(person_id)
    return f"项目管理成员（{'、'.join(roles)}）", f"staff ({', '.join(roles)})"


def _which(person_id: str, alike: Sequence[str]) -> Words:
    """Tells people apart whom the same bidders name in the same roles; who they are stands beside the finding."""
    if len(alike) == 1:
        return "", ""
    number = alike.index(person_id) + 1
    return f"（同此情形{len(alike)}人之{number}）", f" ({number} of {len(alike)} so named)"
