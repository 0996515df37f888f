"""The words of explanations read well in both languages."""

from domain.employers import EmployerMatch, Outcome
from domain.wording import relation


def test_a_doubt_is_given_its_reason_between_the_two_employers() -> None:
    """“A” is related … (the reason) to B: the reason never comes before what it explains."""
    zh, en = relation(EmployerMatch(Outcome.BRANCH_OR_GROUP, "codes_differ_related"))
    assert zh == "为总分支机构或同一集团成员（代码不同，名称表明为分支或集团成员）"
    assert en == "related by branch or group (the codes differ, the names are related) to"


def test_a_certain_relation_needs_no_reason() -> None:
    """Same and different stand alone."""
    assert relation(EmployerMatch(Outcome.DIFFERENT, "names_differ")) == ("不是同一单位", "not the same employer as")
