"""What the index keeps of a fact is enough to leave out what is not asked for, and never leaves out what is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.days import shifted_month
from domain.facts.messages import KINDS, OUTSIDE, TYPES
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.fact_codes import KIND_CODES, TYPES_BY_CODE, code_of, codes_of
from projections.index.subject_index import SubjectReader
from streams.shard.ledger_keys import keyed
from tests.builders import LEAD, a_payment, a_registration
from tests.monitor import Monitor, said

MONTHS = st.integers(0, 2_000).map(lambda months: shifted_month("1950-01", months))
PAID = frozenset({"insurance-paid"})


def test_every_code_tells_its_type() -> None:
    for kind, code in KIND_CODES.items():
        assert TYPES_BY_CODE[code] == TYPES[KINDS.index(kind)]
    assert {TYPES_BY_CODE[code] for code in codes_of(PAID)} == {"tender-integrity.insurance-paid.v1"}
    assert len(TYPES_BY_CODE) == 256
    assert not codes_of(PAID) & set(KIND_CODES.values())


@given(MONTHS, st.frozensets(MONTHS, max_size=4))
def test_a_payment_is_found_by_its_month_and_by_few_others(month: str, others: frozenset[str]) -> None:
    code = code_of("insurance-paid", a_payment(month=month))
    assert code in codes_of(PAID)
    assert code in codes_of(PAID, others | {month})
    far = {other for other in others if abs(months_between(month, other)) % 128}
    assert code not in codes_of(PAID, frozenset(far))


def months_between(one: str, other: str) -> int:
    return (int(one[:4]) - int(other[:4])) * 12 + int(one[5:]) - int(other[5:])


@pytest.mark.parametrize("kind", [data.KIND for data in OUTSIDE if data.KIND != "insurance-paid"])
def test_months_leave_out_payments_alone(kind: str) -> None:
    assert codes_of(frozenset({kind}), frozenset({"2025-05"})) == codes_of(frozenset({kind})) == {KIND_CODES[kind]}


def test_facts_are_read_back_by_kind_and_month(monitor: Monitor) -> None:
    months = ["2014-09", "2025-03", "2025-04", "2025-05"]
    paid = [said(a_payment(month=month), f"paid-{month}") for month in months]
    monitor.send(said(a_registration(), "registered"), *paid)
    facts = SubjectFacts(SubjectReader(), monitor.installation.recorder)
    with monitor.read() as connection:
        found = facts.of(connection, LEAD.subject, kinds=PAID, months=["2025-04", "2025-05"])
        # 2014-09 is 128 months before 2025-05.
        assert [fact.id for fact in found] == ["paid-2014-09", "paid-2025-04", "paid-2025-05"]
        assert len(facts.of(connection, LEAD.subject)) == 5


def test_a_rebuild_gives_the_codes_that_intake_gave(monitor: Monitor) -> None:
    monitor.send(said(a_registration(), "registered"), said(a_payment(), "paid"))
    recorder = monitor.installation.recorder
    with monitor.read() as connection:
        kinds = keyed(recorder.scan(connection, after=1, limit=10)).kinds.tolist()
    assert kinds == [code_of("registration-recorded", None), code_of("insurance-paid", a_payment())]
