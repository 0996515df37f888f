"""The command line of a cluster whose workers run."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from click.testing import Result

from infra.settings import Settings
from tests.infra.http.served import Opening
from tests.infra.http.workers import KAFKA, SHARDS, Workers


def config_of(settings: Settings, **kafka: Any) -> Path:
    """A settings file for the command line."""
    file = settings.data / f"{uuid4().hex}.toml"
    told = {
        "brokers": list(KAFKA.brokers),
        "shards": SHARDS,
        "partitions": KAFKA.partitions,
        "metrics_port": 0,
        **kafka,
    }
    lines = (f"{name} = {json.dumps(value)}" for name, value in told.items())
    # The workers' policy: under another one, other clues would follow from the same facts.
    policy = f"oldest_notice_days = {settings.policy.default.oldest_notice_days}"
    start = (f'data = "{settings.data}"', f'database = "{settings.database}"', "[policy.default]", policy)
    file.write_text("\n".join((*start, "[kafka]", *lines)), encoding="utf-8")
    return file


@dataclass(frozen=True)
class Commands:
    """Commands with the settings of a cluster."""

    run: Callable[..., Result]
    workers: Workers
    openings: tuple[Opening, ...]
    """A suspicious one of each shard, first those of the first."""
    config: Path

    def __call__(self, *arguments: object, **options: Any) -> Result:
        return self.run(*arguments, "--config", self.config, **options)

    def json(self, *arguments: object, exit_code: int = 0) -> Any:
        result = self(*arguments, "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    def clue(self, opening: Opening) -> dict[str, Any]:
        (found,) = self.json("clues", "--rule", "E101", "--tender-id", opening.tender_id)
        return dict(found)

    def sql(self, statement: str) -> None:
        with psycopg.connect(str(self.workers.settings.database), autocommit=True) as connection:
            connection.execute(statement.encode())
