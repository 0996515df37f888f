"""Single cases: what is planted on each, and why the clues follow. Limits are ten working days."""

from datetime import timedelta

from infra.simulation.approvals.file import CaseFile
from infra.simulation.approvals.scenario import (
    ASKED_AGAIN,
    BACK_FILLED,
    HIDDEN,
    IN_A_FLASH,
    NO_CERTIFICATE,
    OUTSIDE_THE_SYSTEM,
    OVERDUE,
    REVIEWED_BEFORE,
    approval,
)


@approval()
def decided_in_time(file: CaseFile) -> None:
    """Accepted, decided on the sixth of ten days, certificate on the same day."""
    file.accepted()
    file.approved(6)


@approval()
def corrected_once(file: CaseFile) -> None:
    """The applicant is asked once for what is missing; the clock has not started."""
    file.asked_for_corrections(8, 5)
    file.accepted(submitted_days_before=9)
    file.approved(5)


@approval()
def paused_lawfully(file: CaseFile) -> None:
    """Decided on the eleventh day: three of them an expert review that is listed, so eight are used."""
    file.accepted()
    file.paused(4, 7, "专家评审")
    file.approved(11)


@approval()
def rejected_in_time(file: CaseFile) -> None:
    """A refusal issues no certificate."""
    file.accepted()
    file.said("rejected", file.on(7, 15))


@approval()
def withdrawn_by_the_applicant(file: CaseFile) -> None:
    """Nothing was decided."""
    file.accepted()
    file.said("withdrawn", file.on(3, 15))


@approval()
def decided_on_a_commitment(file: CaseFile) -> None:
    """Decided after three minutes: the applicant's commitment allows it."""
    file.accepted(hour=10)
    file.approved(0, 10, 3, special_procedure="告知承诺")


@approval()
def decision_entered_wrongly(file: CaseFile) -> None:
    """First entered for a day past the limit, then corrected to the true one."""
    file.accepted()
    wrong = file.said("approved", file.on(14, 15))
    right = file.on(6, 15)
    file.post.correct(
        wrong,
        "录入错误",
        happened=file.on(15, 9),
        kind="approval-recorded",
        data=file.entry("approved", right),
    )
    file.certificate(right + timedelta(hours=1))


@approval()
def certificate_reported_late(file: CaseFile) -> None:
    """Issued on the day of the decision; the report takes weeks."""
    file.accepted()
    moment = file.on(6, 15)
    file.said("approved", moment)
    file.certificate(moment + timedelta(hours=1), arrives=moment + timedelta(days=20))


@approval(OVERDUE)
def decided_too_late(file: CaseFile) -> None:
    """Decided on the thirteenth of ten days."""
    file.accepted()
    file.approved(13)


@approval(OVERDUE)
def never_decided(file: CaseFile) -> None:
    """Accepted, then nothing: red by time alone."""
    file.accepted()


@approval(OVERDUE, HIDDEN)
def paused_by_an_unlisted_procedure(file: CaseFile) -> None:
    """A deliberation no list knows stops no clock: twelve days are used, not eight."""
    file.accepted()
    file.paused(3, 7, "内部会商")
    file.approved(12)


@approval(HIDDEN)
def unlisted_pause_in_time(file: CaseFile) -> None:
    """A pause without a name; the decision is in time all the same."""
    file.accepted()
    file.said("special-started", file.on(2, 11))
    file.said("special-finished", file.on(3, 11))
    file.approved(6)


@approval(IN_A_FLASH)
def decided_at_once(file: CaseFile) -> None:
    """Decided four minutes after its acceptance."""
    file.accepted(hour=10)
    file.approved(0, 10, 4)


@approval(OUTSIDE_THE_SYSTEM)
def decided_without_acceptance(file: CaseFile) -> None:
    """Submitted and approved: nobody accepted it in the system."""
    file.said("submitted", file.on(0, 9))
    file.approved(6)


@approval(OUTSIDE_THE_SYSTEM)
def document_dated_before_acceptance(file: CaseFile) -> None:
    """The decision bears a date three days before the case was accepted."""
    file.accepted()
    file.approved(5, document_date=(file.days[0] - timedelta(days=3)).isoformat())


@approval(BACK_FILLED)
def steps_filled_in_afterwards(file: CaseFile) -> None:
    """Three entries of six days, recorded by the platform within four minutes on the last of them."""
    moment = file.on(6, 15)
    entries = (("submitted", file.on(0, 9)), ("accepted", file.on(0, 10)), ("approved", moment))
    for minutes, (state, happened) in enumerate(entries):
        file.recorded(state, happened, moment + timedelta(minutes=2 * minutes + 1))
    file.certificate(moment + timedelta(hours=1))


@approval(REVIEWED_BEFORE)
def preliminary_review_took_its_place(file: CaseFile) -> None:
    """Reviewed for fourteen working days before acceptance, then accepted and decided in a day."""
    file.said("submitted", file.on(0, 9))
    file.said("accepted", file.on(14, 9))
    file.approved(14, 16)


@approval(NO_CERTIFICATE)
def certificate_never_issued(file: CaseFile) -> None:
    """Approved, and no certificate names the case."""
    file.accepted()
    file.said("approved", file.on(6, 15))


@approval(NO_CERTIFICATE)
def certificate_issued_late(file: CaseFile) -> None:
    """Issued four working days after the decision."""
    file.accepted()
    file.said("approved", file.on(5, 15))
    file.certificate(file.on(9, 10))


@approval(ASKED_AGAIN)
def corrections_asked_for_twice(file: CaseFile) -> None:
    """What was missing came out bit by bit."""
    file.asked_for_corrections(12, 10)
    file.asked_for_corrections(7, 4)
    file.accepted(submitted_days_before=13)
    file.approved(6)


@approval(ASKED_AGAIN)
def corrections_asked_for_three_times_and_one_entered_by_mistake(file: CaseFile) -> None:
    """One of three requests is taken back; two remain."""
    file.asked_for_corrections(12, 10)
    file.asked_for_corrections(7, 4)
    wrong = file.said("correction-started", file.before(3))
    file.post.correct(wrong, "误操作", happened=file.on(1, 9))
    file.accepted(submitted_days_before=13)
    file.approved(6)
