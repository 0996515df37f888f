"""Rules 8 to 14 of the procedure: two heads compared part by part."""

from collections.abc import Callable

from domain.employers.lexicon import look_alike
from domain.employers.likeness import Edit, homophone, one_edit
from domain.employers.ordinals import NUMERALS
from domain.employers.outcome import EmployerMatch, Outcome
from domain.employers.parse import Reading
from domain.employers.regions import Region, nested


def compare_cores(left: Reading, right: Reading, *, registered: bool) -> EmployerMatch:
    """The match of the first rule that decides; ``registered`` means that the register has both names (rule 13)."""
    for rule in (ordinals_differ, regions_clash, cores_equal, group_member):
        if match := rule(left, right):
            return match
    slip = one_slip(left, right)
    if slip and registered:
        return EmployerMatch(Outcome.DIFFERENT, "both_registered", slip.detail)
    return slip or EmployerMatch(Outcome.DIFFERENT, "names_differ")


def ordinals_differ(left: Reading, right: Reading) -> EmployerMatch | None:
    """8. Different ordinals (第六, 第八): different."""
    if left.ordinals == right.ordinals:
        return None
    # A group and its numbered member (中铁 and 中铁二局) are left to rule 11.
    if not (left.ordinals and right.ordinals) and group_member(left, right):
        return None
    return EmployerMatch(Outcome.DIFFERENT, "ordinals_differ", f"{_counted(left)} / {_counted(right)}")


def regions_clash(left: Reading, right: Reading) -> EmployerMatch | None:
    """9. Regions of which neither lies in the other: different."""
    if not (left.region and right.region) or nested(left.region, right.region):
        return None
    return EmployerMatch(Outcome.DIFFERENT, "regions_clash", f"{_codes(left.region)} / {_codes(right.region)}")


def cores_equal(left: Reading, right: Reading) -> EmployerMatch | None:
    """10. Equal trade name and industry: region, group and form decide between same and less."""
    if left.core != right.core:
        return None
    if left.group != right.group:
        return EmployerMatch(Outcome.UNKNOWN, "group_on_one_side")
    if left.region != right.region:
        return EmployerMatch(Outcome.PROBABLY_SAME, "region_open", f"{_codes(left.region)} / {_codes(right.region)}")
    if left.form is not right.form:
        return EmployerMatch(Outcome.PROBABLY_SAME, "form_differs", f"{left.form or '—'} / {right.form or '—'}")
    return EmployerMatch(Outcome.SAME, "core_equal")


def group_member(left: Reading, right: Reading) -> EmployerMatch | None:
    """11. One core begins with the other, and one name is that of a group 集团 or a bureau 局: branch_or_group."""
    short, long = sorted((left, right), key=lambda reading: len(reading.core))
    if not long.core.startswith(short.core) or regions_clash(left, right):
        return None
    rest = long.core[len(short.core) :]
    grown = bool(rest) and (short.group or long.group or rest.startswith("集团") or rest.endswith("局"))
    same_core = not rest and short.group != long.group
    # The shorter core must hold the whole trade name of the longer one. Otherwise two firms whose
    # trade names only begin alike would count as group and member.
    whole_trade = short.core.startswith(long.trade) or rest.startswith("集团")
    if not (same_core or (grown and whole_trade)):
        return None
    return EmployerMatch(Outcome.BRANCH_OR_GROUP, "group_member", rest or "集团")


def one_slip(left: Reading, right: Reading) -> EmployerMatch | None:
    """12. Exactly one edit in trade name and industry: probably_same, unknown or different, by kind of edit.

    An edit is never more than probably_same, and never more than unknown where only one name is a group.
    """
    edit = one_edit(left.core, right.core)
    if edit is None:
        return None
    match = _slip(left, right, edit)
    if match and match.outcome is Outcome.PROBABLY_SAME and left.group != right.group:
        return EmployerMatch(Outcome.UNKNOWN, match.rule, match.detail)
    return match


def _slip(left: Reading, right: Reading, edit: Edit) -> EmployerMatch | None:
    shown = f"{edit.left or '—'} / {edit.right or '—'}"
    if any(character in NUMERALS for character in edit.left + edit.right):
        return EmployerMatch(Outcome.DIFFERENT, "ordinals_differ", shown)
    if left.trade == right.trade:
        return EmployerMatch(Outcome.DIFFERENT, "industries_differ", f"{left.industry} / {right.industry}")
    for outcome, kinds in _KINDS:
        for rule, applies in kinds:
            if applies(left, right, edit):
                return EmployerMatch(outcome, rule, shown)
    return None


def _in_industry(left: Reading, right: Reading, edit: Edit) -> bool:
    """Whether the edit lies in the industry words, behind the shorter of the two trade names.

    A slip in an industry word makes the word unknown, so that the parser takes it for a part of the
    trade name. The other side has the right boundary.
    """
    trade = min(len(left.trade), len(right.trade))
    return edit.position > trade or (edit.position == trade and not edit.added)


def _doubled(_left: Reading, _right: Reading, edit: Edit) -> bool:
    return edit.doubled


def _homophone(_left: Reading, _right: Reading, edit: Edit) -> bool:
    return len(edit.left) == len(edit.right) == 1 and homophone(edit.left, edit.right)


def _look_alike(_left: Reading, _right: Reading, edit: Edit) -> bool:
    return len(edit.left) == len(edit.right) == 1 and look_alike(edit.left, edit.right)


def _two_character_trade_swapped(left: Reading, right: Reading, edit: Edit) -> bool:
    return edit.swapped and len(left.trade) == len(right.trade) == 2


def _swapped(_left: Reading, _right: Reading, edit: Edit) -> bool:
    return edit.swapped


def _added(_left: Reading, _right: Reading, edit: Edit) -> bool:
    return edit.added


_Kind = tuple[str, Callable[[Reading, Reading, Edit], bool]]
_KINDS: tuple[tuple[Outcome, tuple[_Kind, ...]], ...] = (
    (
        Outcome.PROBABLY_SAME,
        (
            ("doubled_character", _doubled),
            ("homophone", _homophone),
            ("look_alike", _look_alike),
            ("industry_slip", _in_industry),
        ),
    ),
    (Outcome.UNKNOWN, (("trade_swapped", _two_character_trade_swapped),)),
    (Outcome.PROBABLY_SAME, (("characters_swapped", _swapped),)),
    (Outcome.UNKNOWN, (("trade_extended", _added),)),
)
"""The kinds of slip, in the order in which they are tried."""


def _counted(reading: Reading) -> str:
    return "+".join(map(str, reading.ordinals)) or "—"


def _codes(region: Region) -> str:
    return "|".join(code or "中国" for code in sorted(region)) or "—"
