"""Source silent 数据源长时间未报送."""

from datetime import timedelta

from domain.evidence.days import SHANGHAI
from domain.evidence.source import SourceCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "D902"


@rule(
    code=CODE,
    version=2,
    title="Source silent",
    title_zh="数据源长时间未报送",
    clause="川建办发〔2017〕169号",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def source_silent(case: SourceCase, *, silent_after_intervals: int = 3) -> Verdict:
    """Nothing was heard of a source for several times as long as it said it would be.

    A source may say in its heartbeats how often something is to be heard of it. Every message
    counts, heartbeats and others.

    Why: a source that stopped looks like one that has nothing to report; clues that wait for its
    facts, or would be answered by them, stand on nothing.

    Example: an attendance platform that sends a heartbeat every five minutes was last heard of
    sixteen minutes ago.

    Excluded: sources that never said how often they will be heard.

    Outcome: suspect medium.
    Data: source-heartbeat, any message.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    数据源长时间未报送，超过其所声明间隔的数倍。

    数据源可以在心跳中声明多久报送一次。任何报文均计入，包括心跳。

    示例：某考勤平台每五分钟发送一次心跳，最后一次收到其报文是在十六分钟以前。

    原因：中断报送的数据源，看上去与无事可报的一样；等待其数据的线索，或者可由其数据排除的线索，都失去了依据。

    除外：从未声明报送间隔的数据源。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    if case.interval_seconds is None:
        return _verdict(FindingOutcome.NO_EVIDENCE, "该数据源未声明心跳间隔。", "The source promises no heartbeat.")
    heard_at = f"{case.heard_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    zh = f"最后一次收到该数据源报文是{heard_at}，其声明间隔为{case.interval_seconds}秒"
    en = f"The source was last heard of at {heard_at}, and promises a message every {case.interval_seconds} seconds"
    if case.silent_for <= timedelta(seconds=case.interval_seconds * silent_after_intervals):
        return _verdict(FindingOutcome.CONSISTENT, f"{zh}。", f"{en}.")
    return _verdict(FindingOutcome.SUSPECT, f"{zh}，已超时未报送。", f"{en}: it is silent.")


def _verdict(outcome: FindingOutcome, zh: str, en: str) -> Verdict:
    return Verdict(outcome, Explanation(zh, en), (), Severity.MEDIUM)
