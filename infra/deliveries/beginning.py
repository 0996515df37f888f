"""Which delivery a file is: a new one, one that was interrupted, or a part of one that is there already."""

from dataclasses import dataclass
from hashlib import sha256

import msgspec

from domain.errors import Unusable
from domain.facts.deliveries import BY_MONTH, DELIVERY_KINDS, place_of
from domain.facts.messages import KINDS, TYPES
from domain.facts.taken_deliveries import DeliveryBegun
from projections.questions.deliveries import Delivery, Part, replaced_by
from streams.deliveries.standing import Scope
from streams.importers.mapping import Mapped


class NoSuchDelivery(Unusable):
    """The delivery that is to be replaced, or added to, cannot be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever hands a file in asks for.

    ``delivery_id`` names the delivery, or one that the file is to be added to. ``snapshot`` is an area and a period.
    """

    delivery_id: str | None = None
    replaces: str | None = None
    snapshot: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A file: its name as it may be shown, the SHA-256 of its content, how it is read, and who hands it in."""

    name: str
    digest: str
    mapping: Mapped
    by: str

    @property
    def kind(self) -> str:
        return KINDS[TYPES.index(self.mapping.type)]

    @property
    def mapping_digest(self) -> str:
        return sha256(self.mapping.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Beginning:
    """``begun`` is recorded already where ``part`` is given: the delivery was interrupted.

    ``scope`` is what it is held against; None where it replaces nothing. ``is_whole``: what it lacks counts no more.
    ``replaces_snapshot`` is the snapshot before it of the same area and period.
    """

    begun: DeliveryBegun
    part: Part | None
    scope: Scope | None
    is_whole: bool
    replaces_snapshot: str | None = None


def beginning(file: HandedOver, asked: Asked, found: list[Delivery]) -> Beginning:
    """Where ``file`` belongs among the deliveries ``found``; raises NoSuchDelivery."""
    existing = _existing(file, asked, found)
    if existing is not None:
        return _continued(file, existing, found)
    _check_asked(file, asked, found)
    area, period = asked.snapshot or (None, None)
    begun = DeliveryBegun(
        delivery_id=asked.delivery_id or _new_id(file, asked, found),
        part=1,
        source=file.mapping.source,
        of_kind=file.kind,
        file=file.name,
        digest=file.digest,
        mapping=file.mapping_digest,
        area=area,
        period=period,
        replaces=asked.replaces,
        by=file.by,
    )
    before = [each.delivery_id for each in found if each.replaced_by is None and _is_snapshot_of(each.first, begun)]
    return Beginning(begun, None, _scope(begun, found), _replaces(begun), before[-1] if before else None)


def _existing(file: HandedOver, asked: Asked, found: list[Delivery]) -> Delivery | None:
    """The delivery that the file is, or is to be added to; raises NoSuchDelivery where it no longer counts."""
    if asked.delivery_id is not None:
        named = next((each for each in found if each.delivery_id == asked.delivery_id), None)
        if named is not None:
            _check_open(file, named)
        return named
    same = [each for each in found if each.replaced_by is None and _is_the_same(file, asked, each.first)]
    return same[-1] if same else None


def _is_the_same(file: HandedOver, asked: Asked, begun: DeliveryBegun) -> bool:
    said = (begun.source, begun.of_kind, begun.digest, begun.mapping, begun.replaces)
    if said != (file.mapping.source, file.kind, file.digest, file.mapping_digest, asked.replaces):
        return False
    if asked.snapshot is None or begun.area is None:
        return asked.snapshot is None and begun.area is None
    return (place_of(begun.area), begun.period) == (place_of(asked.snapshot[0]), asked.snapshot[1])


def _is_snapshot_of(one: DeliveryBegun, other: DeliveryBegun) -> bool:
    if one.area is None or other.area is None or (one.source, one.of_kind) != (other.source, other.of_kind):
        return False
    return (place_of(one.area), one.period) == (place_of(other.area), other.period)


def _check_open(file: HandedOver, delivery: Delivery) -> None:
    if not delivery.is_of(file.mapping.source, file.kind):
        raise NoSuchDelivery(f"delivery {delivery.delivery_id} is of another source or another kind")
    if delivery.replaced_by is not None:
        raise NoSuchDelivery(f"delivery {delivery.delivery_id} was replaced by {delivery.replaced_by}")


def _continued(file: HandedOver, delivery: Delivery, found: list[Delivery]) -> Beginning:
    """As the part that was interrupted, where it is the same file; else as a further part."""
    first, last = delivery.first, delivery.parts[-1]
    interrupted = last.taken is None and last.begun.digest == file.digest
    number = last.begun.part + (0 if interrupted else 1)
    changed = {"part": number, "file": file.name, "digest": file.digest, "mapping": file.mapping_digest, "by": file.by}
    begun = last.begun if interrupted else first.model_copy(update=changed)
    is_whole = _replaces(first) and begun.digest == first.digest
    before = [each.delivery_id for each in found if each.replaced_by == delivery.delivery_id]
    replaces_snapshot = before[-1] if before and begun.is_snapshot else None
    return Beginning(begun, last if interrupted else None, _scope(begun, found), is_whole, replaces_snapshot)


def _check_asked(file: HandedOver, asked: Asked, found: list[Delivery]) -> None:
    if asked.snapshot is not None and file.kind not in DELIVERY_KINDS:
        raise NoSuchDelivery(f"there are no snapshots of {file.kind}")
    if asked.snapshot is not None and file.kind in BY_MONTH and len(asked.snapshot[1]) != 7:
        raise NoSuchDelivery(f"the period of {file.kind} is a month YYYY-MM")
    if asked.replaces is None:
        return
    replaced = next((each for each in found if each.delivery_id == asked.replaces), None)
    if replaced is None:
        raise NoSuchDelivery(f"there is no delivery {asked.replaces}")
    _check_open(file, replaced)


def _replaces(begun: DeliveryBegun) -> bool:
    return begun.is_snapshot or begun.replaces is not None


def _new_id(file: HandedOver, asked: Asked, found: list[Delivery]) -> str:
    """The same for the same file until that is replaced: a file of before may come again, to count again."""
    earlier = sum(_is_the_same(file, asked, each.first) for each in found)
    parts = [file.mapping.source, file.kind, file.digest, file.mapping_digest, asked.replaces, asked.snapshot, earlier]
    return sha256(msgspec.json.encode(parts)).hexdigest()[:12]


def _scope(begun: DeliveryBegun, found: list[Delivery]) -> Scope | None:
    if begun.area is not None:
        others = {each.delivery_id for each in found if not each.may_be_about(begun.area)}
        month = begun.period if begun.of_kind in BY_MONTH else None
        return Scope(begun.source, begun.of_kind, lambda delivery: delivery not in others, month)
    if begun.replaces is not None:
        chain = replaced_by(found, begun.replaces) | {begun.delivery_id}
        return Scope(begun.source, begun.of_kind, chain.__contains__)
    return None
