"""The rules and policies in force, as they are recorded when every case is judged anew by them."""

import hashlib
import json
from typing import Any

from domain.facts.rules import RulesAdopted
from domain.policy import PolicyBook
from domain.rule import RULEBOOK


def rules_in_force(policies: PolicyBook, program: str) -> RulesAdopted:
    """What would be recorded now; equal as long as rules, policies and program are the same."""
    return RulesAdopted(
        versions={code: rule.version for code, rule in RULEBOOK.items()},
        policies=_digest(policies),
        program=program,
    )


def _digest(policies: PolicyBook) -> str:
    written = json.dumps(_in_order(policies.model_dump(mode="json")), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def _in_order(value: Any) -> Any:
    """Sets come as lists in any order, so lists are sorted."""
    if isinstance(value, dict):
        return {name: _in_order(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted(map(_in_order, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
