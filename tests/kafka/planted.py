"""A worker with a rule that misbehaves, as a program: ``python planted.py raise|sleep LOT``.

``raise`` fails on one lot's appointments; ``sleep`` takes seconds over the first of them.
"""

import sys
import time

from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from infra.command_line.main import main

SECONDS = [4.0]
misbehaviour, lot = sys.argv[1:]


@rule(
    code="X999",
    version=1,
    title="Planted",
    title_zh="测试",
    clause="none",
    severity=Severity.LOW,
)
def planted(case: AppointmentCase) -> Verdict:
    """Misbehaves, else says nothing."""
    if f"{case.appointment.tender_id}/{case.appointment.lot_id}" == lot:
        if misbehaviour == "raise":
            raise ZeroDivisionError
        time.sleep(SECONDS.pop() if SECONDS else 0)
    return Verdict(FindingOutcome.CONSISTENT, Explanation("无", "nothing"), ())


if __name__ == "__main__":
    main(["worker"])
