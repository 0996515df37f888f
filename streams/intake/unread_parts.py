"""One unreadable part never costs the rest of a message: it is taken out, noted, and the rest is recorded.

Which parts a kind has is said by its model (:attr:`domain.facts.fact.FactData.PARTS`): elements of
lists, and optional fields of such elements. The bytes as they were sent go to the quarantine, so
that nothing is lost (docs/decisions/0029). Whatever else is wrong still refuses the message.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData
from domain.facts.messages import OUTSIDE
from domain.facts.unread import LEAD_UNIDENTIFIED, UNREAD, UNREAD_NAME
from streams.intake.prepared import FieldError

Path = tuple[int | str, ...]
"""From the message inwards: ``("data", "bids", 1, "lead")``."""

_ANY: Final = "*"
_KINDS: Final[Mapping[str, type[FactData]]] = {data.type_name(): data for data in OUTSIDE}
_CORRECTION: Final = FactCorrected.type_name()
_STEP: Final = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
_MOST_ERRORS: Final = 5
"""Of one part, in its note; the answer to the sender tells more."""


def path_of(field: str) -> Path:
    """``data.bids[1].lead`` as a path."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(field))


def text_of(path: Path) -> str:
    """A path as errors name fields."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def base_of(message: Any) -> Path:
    """Where the content of a message lies; of a correction, that of its replacement."""
    return _patterns_of(message)[0]


def unread_in(message: Any) -> frozenset[str]:
    """The parts that were taken out of a message as intake prepared it, by their paths within its content."""
    data = _dict(at(message, base_of(message)))
    noted = [*(data.get(UNREAD) or ()), *(bid.get(LEAD_UNIDENTIFIED) for bid in data.get("bids") or ())]
    return frozenset(note["field"] for note in noted if note)


def notes_sent(message: Any) -> list[FieldError]:
    """The notes that only intake may write, where a source sent them itself."""
    base, patterns = _patterns_of(message)
    data = at(message, base)
    if not patterns or not isinstance(data, dict):
        return []
    bids = data.get("bids")
    noted = [(*base, UNREAD)] if UNREAD in data else []
    if isinstance(bids, list):
        marked = (index for index, bid in enumerate(bids) if isinstance(bid, dict) and LEAD_UNIDENTIFIED in bid)
        noted += [(*base, "bids", index, LEAD_UNIDENTIFIED) for index in marked]
    return [FieldError(text_of(path), "reserved_field", "this field is the monitor's own") for path in noted]


def parts_with(message: Any, holds: Callable[[Any], bool]) -> Iterator[Path]:
    """The innermost parts of ``message`` for which ``holds``."""
    base, patterns = _patterns_of(message)
    found = [path for pattern in patterns for path in _matching(message, base, pattern) if holds(at(message, path))]
    around = {outer for path in found for outer in _around(path)}
    return (path for path in found if path not in around)


def apart_from(fields: Iterable[str], taken: Iterable[str]) -> frozenset[str]:
    """Those of ``fields`` in which none of the ``taken`` lies, and which are none of them."""
    paths = {path_of(field) for field in taken}
    paths |= {outer for path in paths for outer in _around(path)}
    return frozenset(field for field in fields if path_of(field) not in paths)


def without_lengths(errors: Sequence[FieldError]) -> list[FieldError]:
    """``errors`` but for lists that are too short only because an element of them is wrong, and was not counted."""
    paths = [path_of(error.field) for error in errors]
    inside = {outer for path in paths for outer in _around(path)}
    pairs = zip(errors, paths, strict=True)
    return [error for error, path in pairs if not (error.code == "too_short" and path in inside)]


def take_out(message: dict[str, Any], sent: Any, errors: Sequence[FieldError], digest: Callable[[Any], str]) -> bool:
    """Take the parts out of ``message`` in which ``errors`` lie, and note them; False where that cannot be done.

    ``sent`` is the message as it was sent, of which ``digest`` makes a keyed hash. Nothing can be taken
    out where an error lies outside all parts, or where no element of a list would be left that ``data`` must have.
    """
    base, patterns = _patterns_of(message)
    wrong: dict[Path, list[FieldError]] = {}
    for error in errors:
        part = _part_of(path_of(error.field), base, patterns)
        if part is None:
            return False
        wrong.setdefault(part, []).append(error)
    outermost: dict[Path, list[FieldError]] = {}
    for path in sorted(wrong, key=len):
        outer = next((outer for outer in _around(path) if outer in outermost), path)
        outermost.setdefault(outer, []).extend(wrong[path])
    # From the end of each list to its beginning, so that the paths stay right.
    for path in sorted(outermost, key=_order, reverse=True):
        _replace(message, path, base, _note(path, base, outermost[path], digest(at(sent, path))))
    return all(at(message, path[:-1]) for path in outermost if _in_needed_list(message, path, base))


def at(message: Any, path: Path) -> Any:
    """What stands at ``path``; None where there is nothing."""
    for step in path:
        try:
            message = message[step]
        except (KeyError, IndexError, TypeError):
            return None
    return message


def _patterns_of(message: Any) -> tuple[Path, tuple[Path, ...]]:
    """Where the data of a message lie, and the patterns of its parts; of a correction, those of its replacement."""
    base: Path = ("data",)
    if not isinstance(message, dict):
        return base, ()
    kind = message.get("type")
    if kind == _CORRECTION:
        kind, base = at(message, ("data", "replacement", "type")), ("data", "replacement", "data")
    data = _KINDS.get(kind) if isinstance(kind, str) else None
    return base, tuple(tuple(pattern.split(".")) for pattern in data.PARTS) if data else ()


def _part_of(path: Path, base: Path, patterns: Iterable[Path]) -> Path | None:
    """The innermost part in which a field lies."""
    if path[: len(base)] != base:
        return None
    inner = path[len(base) :]
    lengths = (len(pattern) for pattern in patterns if _matches(inner[: len(pattern)], pattern))
    longest = max(lengths, default=0)
    return path[: len(base) + longest] if longest else None


def _in_needed_list(message: Any, path: Path, base: Path) -> bool:
    """Whether it is an element of a list that the kind cannot do without."""
    data = _KINDS[at(message, (*base[:-1], "type"))]
    return len(path) == len(base) + 2 and data.model_fields[str(path[len(base)])].is_required()


def _matches(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(
        isinstance(step, int) if wanted == _ANY else step == wanted for step, wanted in zip(path, pattern, strict=True)
    )


def _matching(message: Any, base: Path, pattern: Path) -> Iterator[Path]:
    """The paths of what is there and matches ``pattern``."""
    paths = [base]
    for step in pattern:
        if step == _ANY:
            paths = [(*path, index) for path in paths for index in range(len(_list(at(message, path))))]
        else:
            paths = [(*path, step) for path in paths if step in (_dict(at(message, path)))]
    return iter(paths)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _around(path: Path) -> Iterator[Path]:
    """All that ``path`` lies in, from the outside inwards."""
    return (path[:length] for length in range(1, len(path)))


def _note(path: Path, base: Path, errors: Iterable[FieldError], digest: str) -> dict[str, Any]:
    prefix = f"{text_of(base)}."
    told = [{"field": error.field.removeprefix(prefix), "code": error.code} for error in errors]
    return {"field": text_of(path[len(base) :]), "digest": digest, "errors": told[:_MOST_ERRORS]}


def _order(path: Path) -> tuple[tuple[bool, int | str], ...]:
    return tuple((isinstance(step, int), step) for step in path)


def _replace(message: dict[str, Any], path: Path, base: Path, note: dict[str, Any]) -> None:
    """Put the note of a part in its place, or where such parts are noted."""
    holder, step = at(message, path[:-1]), path[-1]
    if path[-2:-1] in (("consortium",), ("bidders",), ("suppliers",)):
        # The first member is the leader, so none may move up; and of two that bid together none bid alone.
        holder[step] = {"name": UNREAD_NAME}
    else:
        holder.pop(step, None) if isinstance(holder, dict) else holder.pop(step)
    if step == "lead":
        holder[LEAD_UNIDENTIFIED] = note
    else:
        at(message, base).setdefault(UNREAD, []).insert(0, note)
