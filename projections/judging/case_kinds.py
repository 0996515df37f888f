"""All case kinds, in the order in which they run."""

from domain.policy import PolicyBook
from projections.boards.coverage import Closings
from projections.evidence.organisations import Organisations
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.appointments import Appointments
from projections.judging.approvals import Approvals
from projections.judging.case_kind import CaseKind
from projections.judging.conduct import Conduct
from projections.judging.departments import Departments
from projections.judging.lots import Lots
from projections.judging.payers import Payers
from projections.judging.sites import Sites
from projections.judging.won_lots import WonLots


def case_kinds(facts: SubjectFacts, policies: PolicyBook, deliveries: Closings) -> tuple[CaseKind, ...]:
    """The case kinds of one writer; the live shard and the rebuild use the same ones."""
    organisations = Organisations(facts)
    return (
        Appointments(facts, organisations, policies, deliveries),
        WonLots(facts, organisations, policies, deliveries),
        Lots(facts, organisations, policies),
        Payers(facts, organisations, policies),
        Approvals(facts, policies, deliveries),
        Departments(facts, policies),
        Sites(facts, policies, deliveries),
        Conduct(facts, policies),
    )
