"""Kinds belong to topics: who may write one topic of the broker may not say there what belongs to another."""

from functools import cache
from typing import Any, Final

import numpy as np

from projections.index.fact_codes import codes_of
from streams.cluster.topics import ON_ANY_TOPIC, Topic
from streams.intake.prepared import FieldError, PreparedBatch
from streams.intake.refusals import NOT_PERMITTED

WRONG_TOPIC: Final = FieldError("type", NOT_PERMITTED, "this type belongs to another topic")


def of_topic(topic: Topic, prepared: PreparedBatch) -> PreparedBatch:
    """``prepared``, with the messages among its refusals whose kind is none of the ``topic``."""
    foreign = np.flatnonzero(~_codes(topic)[prepared.kinds]).tolist()
    return prepared.refusing({row: [WRONG_TOPIC] for row in foreign}) if foreign else prepared


@cache
def _codes(topic: Topic) -> np.ndarray[Any, np.dtype[np.bool_]]:
    codes = np.zeros(256, np.bool_)
    codes[list(codes_of(frozenset((*topic.kinds, *ON_ANY_TOPIC))))] = True
    return codes
