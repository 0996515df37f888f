"""Names and groups of the operations of OpenAPI: what a generated client calls its functions and modules."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from infra.http.route import Route

TAGS: Final = {
    "events": "Facts come in, in any form of CloudEvents",
    "quarantine": "What was refused, and sending it again",
    "clues": "Suspicions, and what people decide about them",
    "tenders": "Lots compared, and all clues about a tender",
    "bidders": "All clues about a bidder",
    "people": "Evidence about a person; each reading is recorded",
    "approvals": "Approval cases, their clocks and lights",
    "notices": "Who was told what",
    "coverage": "How far the data are complete, and whom to ask for more",
    "readings": "Who read about whom",
    "rules": "The rulebook",
    "sources": "Who may send what, and what came",
    "log": "The transparency log, its tiles and proofs",
    "accounts": "Who works here, and with which rights",
    "sessions": "Signing in and out of a browser",
    "operation": "Is it alive, how does it do, how is it spoken to",
    "pages": "Pages for people",
}
_OF_PATH: Final = {
    "approval-statistics": "approvals",
    "notifications": "notices",
    "channels": "notices",
    "enquiries": "coverage",
    "deliveries": "sources",
    "uploads": "sources",
    "shards": "log",
    "tokens": "accounts",
    "access-log": "readings",
    "account": "accounts",
    "sign-in": "sessions",
    "session": "sessions",
    "sign-in-links": "sessions",
    **dict.fromkeys(("healthz", "readyz", "metrics", "openapi.json", "asyncapi.json"), "operation"),
}
AN_OPENING: Final[Mapping[str, Any]] = {
    "specversion": "1.0",
    "id": "opening-2025-001",
    "source": "urn:example:trading",
    "type": "tender-integrity.bid-opened.v1",
    "time": "2025-06-18T09:30:00+08:00",
    "data": {
        "tender_id": "T-2025-001",
        "lot_id": "1",
        "project_code": "2506-440100-04-01-100001",
        "title": "测试路改造工程",
        "jurisdiction": "440106",
        "tenderer": {"name": "广州示例建设有限公司", "uscc": "91440101MA59ABCD1D"},
        "opened_at": "2025-06-18T09:30:00+08:00",
        "bids": [
            {
                "bidder": {"name": "佛山样例市政工程有限公司"},
                "lead": {
                    "person": {"name": "测试甲", "id_number": "440106198501010015"},
                    "certificate_no": "粤1442020202100001",
                },
                "price": "12345678.90",
            }
        ],
    },
}
"""Its people and firms are made up."""


def tag_of(route: Route) -> str:
    """The group of an operation: what its path is about."""
    if "text/html" in route.answered.media:
        return "pages"
    first = route.path.removeprefix("/api/v1").split("/")[1]
    return _OF_PATH.get(first, first)


def named_operations(routes: Iterable[Route]) -> Mapping[str, Route]:
    """Each route by its name, which is the handler's where no other route has the same handler."""
    named: dict[str, Route] = {}
    for route in routes:
        name = _name(route)
        while name in named:
            name += "_too"
        named[name] = route
    return named


def _name(route: Route) -> str:
    name = route.handler.__name__
    if tag_of(route) == "pages":
        return f"{name}_page"
    return f"{name}_of_shard" if route.path.startswith("/api/v1/shards/") else name
