"""``tender-monitor``: the table of commands, and how errors become exit codes.

It names no module that it does not need: the intake process of a server loads it too.

Exit codes: 0 done, 1 something is wrong or was found wrong, 2 usage (also what cannot be done now), 3 some input
rejected.
"""

from importlib import import_module
from typing import Any, Final

import click

from domain.errors import MonitorError, Unusable
from infra.command_line.command_group import CommandGroup

COMMANDS: Final = {
    "approvals": "infra.command_line.approvals",
    "audit": "infra.command_line.audit",
    "backup": "infra.command_line.backup",
    "calibrate": "infra.command_line.calibrate",
    "clues": "infra.command_line.clues",
    "comparison": "infra.command_line.comparison",
    "demo": "infra.command_line.demo",
    "doctor": "infra.command_line.doctor",
    "dossier": "infra.command_line.dossier",
    "export-bundle": "infra.command_line.bundle",
    "findings": "infra.command_line.findings",
    "indicators": "infra.command_line.indicators",
    "ingest": "infra.command_line.ingest",
    "match": "infra.command_line.match",
    "person": "infra.command_line.person",
    "publisher": "infra.command_line.publisher",
    "rebuild": "infra.command_line.rebuild",
    "replay": "infra.command_line.replay",
    "restore": "infra.command_line.restore",
    "rules": "infra.command_line.rules",
    "serve": "infra.command_line.serve",
    "simulate": "infra.command_line.simulate",
    "token": "infra.command_line.token",
    "topics": "infra.command_line.topics",
    "verify": "infra.command_line.verify",
    "witness": "infra.command_line.witness",
    "worker": "infra.command_line.worker",
}
"""Each module has a command of the command's name, with _ for -."""


class Commands(CommandGroup):
    """Knows all commands by name and imports one when it is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        command: click.Command | None = getattr(import_module(module), cmd_name.replace("-", "_")) if module else None
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Unusable as error:
            raise click.UsageError(str(error), ctx) from error
        except MonitorError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tender-monitor")
def main() -> None:
    """Tender-integrity monitor 招投标诚信监测.

    From a bid opening to the right people knowing.
    """


if __name__ == "__main__":
    main()
