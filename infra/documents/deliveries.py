"""A delivery, and what a check found of one, as programs read it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from domain.access import Actor
from domain.evidence.recorded import EVERYTHING
from domain.policy import PolicyBook
from infra.deliveries.checking import Checked
from infra.documents.plain import document
from projections.questions.as_of import AsOf
from projections.questions.coverage import CoverageStatus, Narrowing, coverage_grid
from projections.questions.deliveries import Delivery, Part, deliveries


def delivery_documents(found: Iterable[Delivery]) -> Iterator[dict[str, Any]]:
    """Each with the one before of its source, kind and area."""
    before: dict[tuple[str, str, str | None], Delivery] = {}
    for each in found:
        of = (each.first.source, each.first.of_kind, each.first.area)
        yield {**delivery_document(each), "before": _before(before.get(of))}
        if each.content is not None:
            before[of] = each


def _before(delivery: Delivery | None) -> dict[str, Any] | None:
    if delivery is None or delivery.content is None:
        return None
    content = delivery.content
    counted = {"rows": content.rows, "people": content.people, "employers": content.employers}
    return {"delivery_id": delivery.delivery_id, **counted, "months": list(content.months)}


def is_about(said: Mapping[str, Any], month: str) -> bool:
    """Whether a delivery is about a month; one that tells no months is about that in which it came."""
    part = said["parts"][0]
    if said["period"] is not None:
        return bool(said["period"].startswith(month))
    return month in (part.get("months") or (said["begun_at"][:7],))


def month_close(
    connection: Connection, as_of: AsOf, actor: Actor, policies: PolicyBook, month: str, *, now: datetime
) -> dict[str, Any]:
    """The month-close view 月度核对: what was delivered about ``month``, and what the rules still lack for it."""
    found = [each for each in delivery_documents(deliveries(connection, as_of, actor)) if is_about(each, month)]
    narrowing = Narrowing(first=month, last=month)
    stretches = coverage_grid(connection, as_of, actor, policies, narrowing, knowledge=EVERYTHING, now=now)
    required = [document(cell) for stretch in stretches if stretch.required for cell in stretch.cells]
    lacking = [cell for cell in required if cell["status"] != CoverageStatus.CLOSED]
    return {
        "month": month,
        "items": found,
        "required": len(required),
        "coverage": required,
        "lacking": lacking,
        "complete": bool(required) and not lacking,
    }


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    first = delivery.first
    return {
        "delivery_id": delivery.delivery_id,
        "source": first.source,
        "kind": first.of_kind,
        "area": first.area,
        "period": first.period,
        "replaces": first.replaces,
        "replaced_by": delivery.replaced_by,
        "state": "taken" if delivery.is_whole else "interrupted",
        "begun_at": delivery.begun_at.isoformat(),
        "parts": [_part_document(part) for part in delivery.parts],
    }


def _part_document(part: Part) -> dict[str, Any]:
    said = {
        "file": part.begun.file,
        "sha256": part.begun.digest,
        "mapping_sha256": part.begun.mapping,
        "by": part.begun.by,
    }
    if part.taken is None or part.taken_at is None:
        return {**said, "taken_at": None}
    counted = ("rows", "accepted", "duplicates", "rejected", "partial", "retracted", "people", "employers", "months")
    return {**said, "taken_at": part.taken_at.isoformat(), **{name: getattr(part.taken, name) for name in counted}}


def check_document(checked: Checked) -> dict[str, Any]:
    """What would come of a delivery, beside the last one of its source and kind."""
    found, begun, content = checked.found, checked.start.begun, checked.content
    return {
        "delivery_id": begun.delivery_id,
        "source": begun.source,
        "kind": begun.of_kind,
        "area": begun.area,
        "period": begun.period,
        "replaces": begun.replaces,
        "rows": found.rows,
        "new": found.new,
        "said_again": found.again,
        "unchanged": found.unchanged,
        "rejected": found.rejected,
        "reasons": [
            {"field": field, "code": code, "message": message, "rows": count}
            for (field, code, message), count in found.reasons.most_common()
        ],
        "retracted": checked.retracted,
        "people": content.people,
        "employers": content.employers,
        "months": list(content.months),
        "last": _last_document(checked),
        "within_bounds": checked.within_bounds,
        "out_of_bounds": [
            {"bound": each.bound, "count": each.count, "of": each.of, "percent": each.percent}
            for each in checked.breaches
        ],
    }


def _last_document(checked: Checked) -> dict[str, Any] | None:
    if checked.last is None or checked.last.content is None:
        return None
    content = checked.last.content
    said: dict[str, Any] = {
        "delivery_id": checked.last.delivery_id,
        "rows": content.rows,
        "people": content.people,
        "employers": content.employers,
        "months": list(content.months),
    }
    for name, compared in (("people", checked.people), ("employers", checked.employers)):
        if compared is not None:
            said |= {f"{name}_gone": compared.gone, f"{name}_new": compared.new}
    return said
