"""What goes before bulk work: what is said when bids are opened and decided on.

What people decide, and what they send again, is urgent too; whoever hands that in says so.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced
from projections.index.fact_codes import KIND_CODES
from streams.intake.prepared import PreparedBatch

MOST_URGENT: Final = 100
"""Messages. A larger call is a file, whatever it holds: nobody waits for a file at an opening."""
_KINDS: Final = (BidOpened, CandidatesAnnounced, AwardAnnounced)
_NAMES: Final = tuple(data.type_name().encode() for data in _KINDS)
_CODES: Final = np.array([KIND_CODES[data.KIND] for data in _KINDS], dtype=np.uint8)


def may_be_urgent(messages: Sequence[bytes]) -> bool:
    """Whether unchecked messages name an urgent kind somewhere."""
    return len(messages) <= MOST_URGENT and any(name in message for message in messages for name in _NAMES)


def is_urgent(batch: PreparedBatch) -> bool:
    """Whether a batch says something urgent."""
    few = len(batch) + len(batch.refusals) <= MOST_URGENT
    return few and bool(np.isin(batch.kinds, _CODES).any())
