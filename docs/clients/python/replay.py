"""Read a ledger by the eventsourcing library: the notification log, and one clue as each of its events left it.

LEDGER=./data/ledger.db python replay.py
"""

import json
import os

from eventsourcing.application import Application

PAGE = 100

application = Application(env={"PERSISTENCE_MODULE": "infra.storage.persistence", "LEDGER": os.environ["LEDGER"]})

position, facts, decisions, clue_id = 0, 0, 0, None
while page := application.recorder.select_notifications(position, PAGE, inclusive_of_start=False):
    for event in page:
        if event.topic.startswith("tender-integrity."):
            facts += 1
            assert (
                json.loads(event.state)["specversion"] == "1.0"
            )  # A fact is the CloudEvent that was handed in, sealed.
        else:
            decisions += 1
            if event.topic.startswith("clue."):
                clue_id = event.originator_id
    position = page[-1].id
print(f"facts: {facts}, decisions: {decisions}, last position: {position}")

if clue_id is not None:
    for event in application.events.get(clue_id):
        clue = application.repository.get(clue_id, version=event.originator_version)
        print(f"{clue.finding.rule} {clue.status}")

application.close()
