"""Facts that are not checked as outside messages are: the monitor's own, and those that another shard prepared."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import ValidationError

from domain.facts.fact import FactData
from domain.facts.messages import OUTSIDE, OWN, AnyMessage
from projections.index.fact_codes import code_of
from streams.intake.intake import UNREADABLE_ERRORS, decode, encode
from streams.intake.prepared import PreparedBatch, Rows
from streams.intake.refusals import UNREADABLE, field_errors

_ANY: Final = AnyMessage((*OUTSIDE, *OWN))


def prepare_own(facts: Iterable[tuple[str, str, FactData, dict[str, Any]]]) -> PreparedBatch:
    """The monitor's own facts: ``(source, id, data, attributes)``, attributes with at least ``time``."""
    rows = Rows(names_subjects=True)
    for index, (source, id, data, attributes) in enumerate(facts):
        message = {
            "specversion": "1.0",
            "source": source,
            "id": id,
            "type": data.type_name(),
            **attributes,
            "data": data.model_dump(mode="json", exclude_none=True),
        }
        rows.add(index, source, id, code_of(data.KIND, data), data.subjects, encode(message), numbered=False)
    return rows.batch([], ours=True)


def prepare_forwarded(messages: Sequence[bytes]) -> PreparedBatch:
    """Facts that another shard has prepared and sent on; what they hold is pseudonymised, and may be our own."""
    rows = Rows()
    for index, raw in enumerate(messages):
        message: Any = None
        try:
            message = decode(raw)
            fact = _ANY.read(message)
        except UNREADABLE_ERRORS:
            rows.refuse(index, None, raw, [UNREADABLE])
        except ValidationError as error:
            rows.refuse(index, message, raw, field_errors(error))
        else:
            numbered = fact.sequence is not None
            code = code_of(fact.data.KIND, fact.data)
            rows.add(index, fact.source, fact.id, code, fact.data.subjects, encode(message), numbered=numbered)
    return rows.batch([], ours=True)
