"""Messages missing from a source's numbering 数据源报文缺号."""

from domain.evidence.source import Numbers, SourceCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "D901"
_NAMED = 5


@rule(
    code=CODE,
    version=1,
    title="Messages missing from a source's numbering",
    title_zh="数据源报文缺号",
    clause="川建办发〔2017〕169号",
    severity=Severity.LOW,
    supervisors_only=True,
)
def numbers_missing(case: SourceCase, *, fewest_missing: int = 1) -> Verdict:
    """Numbers are missing between the messages that a source has sent.

    A source may number its messages. A hole in the numbers is a message that was withheld, lost,
    or rejected and never sent again; it closes when the message comes, however late.

    Why: what is never sent cannot be judged. A step that would have been seen too late may simply
    be left out.

    Example: of an approval platform the numbers 1 to 500 and 503 to 900 have come: 501 and 502 are
    missing.

    Excluded: sources that do not number, and numbers before the first that came.

    Outcome: suspect low.
    Data: any message.
    Coverage: none.

    中文

    数据源所报送的报文，编号不连续。

    数据源可以为报文编号。编号中断，说明报文被扣留、丢失，或者被拒收后未再报送；报文收到后缺号随即消除，不论多晚。

    示例：某审批平台已报送1号至500号和503号至900号：缺501号和502号。

    原因：不报送的就无从比对；本应被发现的超时环节，可能干脆不报。

    除外：未编号的数据源；所收到的首个编号之前的编号。
    """
    if not case.heard:
        return _verdict(
            FindingOutcome.NO_EVIDENCE, "该数据源未对报文编号。", "The source does not number its messages."
        )
    count = case.missing_count
    if count < fewest_missing:
        first, last = case.heard[0][0], case.heard[-1][1]
        zh, en = f"{first}至{last}号报文缺{count}份。", f"Of the numbers {first} to {last}, {count} are missing."
        return _verdict(FindingOutcome.CONSISTENT, zh, en)
    named = ", ".join(map(_written, case.missing[:_NAMED])) + (" …" if len(case.missing) > _NAMED else "")
    return _verdict(
        FindingOutcome.SUSPECT,
        f"缺少{count}份报文，编号{named.replace(', ', '、')}。",
        f"{count} messages are missing, numbered {named}.",
    )


def _verdict(outcome: FindingOutcome, zh: str, en: str) -> Verdict:
    return Verdict(outcome, Explanation(zh, en), (), Severity.LOW)


def _written(numbers: Numbers) -> str:
    first, last = numbers
    return str(first) if first == last else f"{first}–{last}"
