"""The steps of an investigation 核查, in one table: who takes each, in which state, and the state it leads to.

Commands are checked against this table, and docs/investigations.md is written from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an investigation stands."""

    OPEN = "open"
    """立案待分派"""
    HANDLED = "handled"
    """办理中"""
    PROPOSED = "proposed"
    """拟结论待审定"""
    DECIDED = "decided"
    """已审定待送达"""
    SERVED = "served"
    """已送达"""
    OBJECTED = "objected"
    """申诉复核中"""
    CLOSED = "closed"
    """已结案"""
    TRANSFERRED = "transferred"
    """已移送其他辖区"""
    MERGED = "merged"
    """已并入另案"""

    @property
    def is_running(self) -> bool:
        """Whether somebody still has to do something."""
        return self not in _OVER

    @property
    def has_left(self) -> bool:
        """Whether the work goes on in another investigation."""
        return self in (State.TRANSFERRED, State.MERGED)


_OVER: Final = frozenset({State.CLOSED, State.TRANSFERRED, State.MERGED})
STATES_ZH: Final[Mapping[State, str]] = {
    State.OPEN: "立案待分派",
    State.HANDLED: "办理中",
    State.PROPOSED: "拟结论待审定",
    State.DECIDED: "已审定待送达",
    State.SERVED: "已送达",
    State.OBJECTED: "申诉复核中",
    State.CLOSED: "已结案",
    State.TRANSFERRED: "已移送其他辖区",
    State.MERGED: "已并入另案",
}


class Who(StrEnum):
    """Who may take a step; nobody may in the own case, or after a recusal."""

    OFFICE = "office"
    """A supervisor of the jurisdiction."""
    HEAD = "head"
    """One of the heads that the policy names; where it names none, any supervisor of the jurisdiction."""
    HANDLER = "handler"
    """The handler; while the handler is absent, the deputy and nobody else."""
    APPROVER = "approver"
    """A supervisor of the jurisdiction; where the policy asks for four eyes, not who proposed."""
    REVIEWER = "reviewer"
    """A supervisor of the jurisdiction or its superior who has neither handled, proposed nor decided."""
    PARTY = "party"
    """The bidder that the case is about."""
    SYSTEM = "system"
    """By itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """``to`` None: the state stays, or (``evidence-changed``, ``take-in``, ``reopen``) depends on who handles it.

    ``reason``: words must be given.
    """

    name: str
    zh: str
    en: str
    who: tuple[Who, ...]
    states: tuple[State, ...]
    to: State | None
    does: str
    reason: bool = False


_WORKING: Final = (State.OPEN, State.HANDLED)
_CONCLUDING: Final = (State.HANDLED, State.PROPOSED)
_RUNNING: Final = tuple(state for state in State if state.is_running)
_HERE: Final = tuple(state for state in State if not state.has_left)

_BOTH: Final = (Who.OFFICE, Who.SYSTEM)
_LEADING: Final = (Who.HEAD, Who.HANDLER)

_TABLE: Final = (
    Step("open", "立案", "Open", _BOTH, (), State.OPEN, "takes in the matter's open clues"),
    Step("number", "编号", "Give the number", (Who.SYSTEM,), tuple(State), None, "the next of office and year"),
    Step("assign", "分派", "Assign", (Who.HEAD, Who.SYSTEM), (State.OPEN,), State.HANDLED, "one handler, one deputy"),
    Step("hand-over", "移交", "Hand over", _LEADING, (State.HANDLED,), None, "to another handler", True),
    Step(
        "recuse",
        "回避",
        "Recuse",
        _LEADING,
        _CONCLUDING,
        State.OPEN,
        "the handler leaves it",
        True,
    ),
    Step("be-absent", "外出", "Be absent", _LEADING, _CONCLUDING, None, "the deputy handles it then"),
    Step(
        "request-explanation",
        "要求说明",
        "Ask for an explanation",
        (Who.HANDLER,),
        (State.HANDLED,),
        None,
        "the bidder answers within a term",
        True,
    ),
    Step("explain", "说明", "Explain", (Who.PARTY,), _CONCLUDING, None, "answers a request, late as well", True),
    Step(
        "request-assistance",
        "协查",
        "Ask an authority",
        (Who.HANDLER,),
        (State.HANDLED,),
        None,
        "a source or another office answers within a term",
        True,
    ),
    Step("answer", "协查答复", "Record the answer", (Who.OFFICE,), _CONCLUDING, None, "names the fact"),
    Step("note", "记录", "Note", (Who.OFFICE,), _HERE, None, "words for the file", True),
    Step("file", "附件", "Add a file", (Who.OFFICE, Who.PARTY), _RUNNING, None, "sealed; its SHA-256 is kept"),
    Step("link", "关联", "Link", (Who.OFFICE,), _HERE, None, "to another investigation"),
    Step("pause", "中止", "Pause", (Who.HANDLER,), (State.HANDLED,), None, "stops the clock, on a ground", True),
    Step("resume", "恢复", "Resume", (Who.HANDLER,), (State.HANDLED,), None, "the clock goes on"),
    Step(
        "propose",
        "拟结论",
        "Propose",
        (Who.HANDLER,),
        (State.HANDLED,),
        State.PROPOSED,
        "outcome, facts",
        True,
    ),
    Step("return", "退回", "Send back", (Who.APPROVER,), (State.PROPOSED,), State.HANDLED, "to the handler", True),
    Step(
        "decide",
        "审定",
        "Decide",
        (Who.APPROVER,),
        (State.PROPOSED,),
        State.DECIDED,
        "the proposal is the conclusion",
    ),
    Step(
        "serve",
        "送达",
        "Serve",
        _BOTH,
        (State.DECIDED,),
        State.SERVED,
        "objections are due",
    ),
    Step("object", "申诉", "Object", (Who.PARTY,), (State.SERVED,), State.OBJECTED, "within the term, once", True),
    Step("review", "复核", "Review", (Who.REVIEWER,), (State.OBJECTED,), State.DECIDED, "upholds or changes", True),
    Step(
        "close",
        "结案",
        "Close",
        _BOTH,
        (State.SERVED,),
        State.CLOSED,
        "nobody may object any more",
    ),
    Step(
        "reopen", "重新核查", "Reopen", (Who.OFFICE,), (State.SERVED, State.CLOSED), None, "the handler goes on", True
    ),
    Step("take-in", "并入线索", "Take in a clue", (Who.SYSTEM,), _HERE, None, "opens a closed one again"),
    Step(
        "evidence-changed",
        "证据变化",
        "Evidence changed",
        (Who.SYSTEM,),
        _HERE,
        None,
        "marks it; opens a closed one again; sends a proposal back",
    ),
    Step("merge", "并案", "Merge", (Who.HEAD,), _WORKING, State.MERGED, "into another one of the office", True),
    Step("split", "分案", "Split", (Who.HEAD,), _WORKING, None, "some clues go to a new investigation", True),
    Step("transfer", "移送", "Transfer", (Who.HEAD,), _WORKING, State.TRANSFERRED, "to another jurisdiction", True),
)
STEPS: Final[Mapping[str, Step]] = {step.name: step for step in _TABLE}
