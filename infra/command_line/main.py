"""``tender-monitor``: finds the command that was asked for, and turns errors into exit codes.

It loads no module that it does not need: the intake process of a server loads it too.

Exit codes: 0 done, 1 something is wrong or was found wrong, 2 usage (also what cannot be done now), 3 some input
rejected, 75 a process of a cluster cannot go on and is to be started again.
"""

import atexit
import gc
import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from domain.errors import MonitorError, Unusable
from infra.command_line.commands import COMMANDS, GROUPS
from infra.command_line.failures import (
    StartAgain,
    about_brokers,
    about_database,
    about_system,
    broker_errors,
    database_errors,
)

_YOUNG: Final = 200_000
"""New objects after which the collector walks them."""

if sys.stderr is None:
    # A program started without standard error would give its number to the next file or event loop that it opens.
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open for as long as the program


class Commands(click.Group):
    """Knows all commands by name and imports one when it is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        _spare_the_collector()
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group in GROUPS:
            with formatter.section(group.title):
                formatter.write_dl(list(group.commands.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Unusable as error:
            raise click.UsageError(_told(ctx, str(error)), ctx) from error
        except StartAgain as error:
            raise _to_be_started_again(_told(ctx, str(error))) from error
        except MonitorError as error:
            raise click.ClickException(_told(ctx, str(error))) from error
        except BrokenPipeError:
            raise  # Whoever reads has read enough; click ends in silence.
        except OSError as error:
            raise click.ClickException(_told(ctx, about_system(error))) from error
        except database_errors() as error:
            raise click.ClickException(_told(ctx, about_database(error))) from error
        except broker_errors() as error:
            raise click.ClickException(_told(ctx, about_brokers(error))) from error


def _to_be_started_again(said: str) -> click.ClickException:
    from streams.cluster.deadline import EXIT_CODE

    ended = click.ClickException(said)
    ended.exit_code = EXIT_CODE
    return ended


def _told(ctx: click.Context, said: str) -> str:
    """In the language of the settings, if they were read; these modules load only when something went wrong."""
    from infra.command_line.options import LANGUAGE
    from infra.settings import language_of_environment
    from infra.texts.errors import error_words

    return error_words(said, ctx.meta.get(LANGUAGE) or language_of_environment())


def _spare_the_collector() -> None:
    """What a command loads lasts until it ends: the collector finds nothing in it, and took a third of the time.

    By its usual measure, of 700 new objects, it would walk them again and again; at the end, several times more.
    """
    gc.set_threshold(_YOUNG)
    atexit.register(gc.freeze)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tender-monitor")
def main() -> None:
    """Tender-integrity monitor 招标投标诚信监测.

    From a bid opening to the right people knowing.
    """


if __name__ == "__main__":
    main()
