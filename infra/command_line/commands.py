"""Which commands there are, in groups by what people do.

A command stands in a module of its name, in the folder of its group. What it does is said here a second time, so that
the list is shown without loading a single one.
"""

from dataclasses import dataclass
from typing import Final

_PACKAGE: Final = "infra.command_line"


@dataclass(frozen=True, slots=True)
class CommandsOfFolder:
    """``commands``: what each does, in the first sentence of its help."""

    title: str
    folder: str
    commands: dict[str, str]

    def module(self, command: str) -> str:
        return f"{_PACKAGE}.{self.folder}.{command.replace('-', '_')}"


GROUPS: Final = (
    CommandsOfFolder(
        "Facts in 事实入账",
        "facts_in",
        {
            "ingest": "Record the facts in FILES: NDJSON, tables with a mapping, OCDS releases; - is standard input.",
            "mapping": "How the columns of tables become facts.",
            "watch": "Take in what is put into FOLDER, or fetched from elsewhere, as FOLDER/watch.toml says.",
            "simulate": "Write facts.ndjson, truth.json and city.json of a synthetic city.",
        },
    ),
    CommandsOfFolder(
        "What is known 查询",
        "known",
        {
            "approvals": "List approval cases 审批件, the worst light first, or show CASE in full.",
            "clues": "List clues. The readings are recorded where those of one tender, project or case are asked for.",
            "comparison": "Compare the bidders and leads of LOT (TENDER_ID/LOT_ID). The reading is recorded.",
            "coverage": "Show what sources stated to be complete, and which rules can speak.",
            "deliveries": "List the files that were delivered; of a month also what is still lacking.",
            "dossier": "Show the dossier of PERSON (a person_id).",
            "enquiries": "List the leads to ask a bureau about, with names and numbers. Each reading is recorded.",
            "findings": "List all findings about one tender, bidder or person, worst first. The reading is recorded.",
            "match": "Compare the employers of a CSV file, row by row.",
            "readings": "List who read about whom on one day, and what for, the newest first.",
            "replay": "Replay the history of SUBJECT: person:ID, lot:TENDER_ID/LOT_ID or case:ID.",
        },
    ),
    CommandsOfFolder(
        "Rules 规则",
        "rules",
        {
            "calibrate": "See which clues a change of RULE would gain and lose, by bidder and month.",
            "indicators": "Run the published indicators R003 to R058 over OCDS releases.",
            "rejudge": "Judge all that is recorded by the rules and policies in force; in a cluster, in every shard.",
            "rules": "Show the rulebook, or the rule CODE in full, in the language of the settings.",
        },
    ),
    CommandsOfFolder(
        "Proof 核验",
        "proof",
        {
            "audit": "Walk ledger, tiles, checkpoints and batches, then derive all tables again and compare; of every "
            "shard.",
            "export-bundle": "Write the facts, proofs, rule code and findings of a clue or an approval case.",
            "rebuild": "Derive all tables again beside the live ones and compare, to the byte; in a cluster, of every "
            "shard.",
            "spotcheck": "Draw subjects and inspectors so that anybody can compute it again, and check such a draw.",
            "verify": "Check a bundle: signatures, every entry's inclusion, rule code, and the findings judged again.",
            "witness": "Countersign checkpoints over HTTP, each only as a continuation of the last (C2SP "
            "tlog-witness).",
        },
    ),
    CommandsOfFolder(
        "Running it 运行",
        "running",
        {
            "backup": "Copy the database into FOLDER, or into a series of dated backups.",
            "clock": "What an operator says about the clock by which facts are recorded.",
            "cluster": "What an operator tells the workers of a cluster.",
            "demo": "Show the monitor at work on a made-up city.",
            "doctor": "Check the machine, the settings and the data folder.",
            "keys": "The keys of the data folder: which there are, new ones, shares for safekeeping.",
            "notify": "Notices that go out by mail, group robots and SMS.",
            "outbox": "Messages that could not be sent to a topic, and were set aside.",
            "publisher": "Send what the shards have to say, until told to stop.",
            "restore": "Put the backup in FOLDER back into an empty data folder, or an empty PostgreSQL database.",
            "serve": "Serve HTTP and the page, and record what comes in.",
            "topics": "The Kafka topics of a cluster.",
            "webhooks": "Endpoints that notices are posted to.",
            "worker": "Record what the topics bring, until told to stop.",
        },
    ),
    CommandsOfFolder(
        "Access 权限",
        "access",
        {
            "account": "The people who sign in. ACCOUNT is a login name or an id.",
            "person": "What is kept about a person beside the ledger.",
            "source": "Which sources may send what.",
            "suite": "Show the algorithms of the data folder, or choose NAME before its first key is made.",
            "token": "Print a token, or a sign-in link, and nothing else.",
        },
    ),
)
COMMANDS: Final = {command: group.module(command) for group in GROUPS for command in group.commands}
"""The module of each; it has a command of the command's name, with _ for -."""
