"""Options that every command has, and the settings they lead to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click

from domain.personal_data import People
from domain.purposes import Purpose
from infra.command_line.output import Format
from infra.command_line.times import Times
from infra.moments import NoMoment, read_moment
from infra.settings import ENVIRONMENT_PREFIX, Layer, Settings

P = ParamSpec("P")
R = TypeVar("R")

LANGUAGE: Final = "tender_monitor.language"
"""Where the context keeps the language of the settings, once they are read."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Common:
    """What the common options said; ``form`` is JSON or a table where a command is no list."""

    data: Path | None
    config: Path | None
    form: Format
    utc: bool

    @property
    def as_json(self) -> bool:
        return self.form is Format.JSON

    def times(self, settings: Settings) -> Times:
        """How times are told to people."""
        return Times(UTC if self.utc else ZoneInfo(settings.time_zone))

    def settings(self, flags: Layer | None = None) -> Settings:
        """The settings in force, ``flags`` being what else the command line said; raises SettingsError."""
        from infra.settings_layers import load_settings  # It loads slowly: not for --help.

        settings = load_settings(flags={"data": self.data, **(flags or {})}, config=self.config)
        # An error that ends the command is told in this language.
        click.get_current_context().meta[LANGUAGE] = settings.language
        return settings


def common_options(
    command: Callable[Concatenate[Common, P], R],
    *,
    no_data: str | None = None,
    tells_times: bool = False,
    is_list: bool = False,
) -> Callable[P, R]:
    """Give ``command`` the common options, as its first argument.

    ``no_data`` says what it takes without ``--data``. A command that ``tells_times`` takes
    ``--utc``, one that ``is_list`` takes ``--format``.
    """

    def with_common(*args: P.args, **given: P.kwargs) -> R:
        options: dict[str, Any] = dict(given)
        form = _form(options.pop("form", None), as_json=options.pop("as_json"))
        common = Common(options.pop("data"), options.pop("config"), form, options.pop("utc", False))
        return command(common, *args, **options)

    optional = (*((_FORMAT,) if is_list else ()), *((_UTC,) if tells_times else ()))
    for option in reversed((_data_option(no_data or _usual_data()), _CONFIG, _JSON, *optional)):
        option(with_common)
    return update_wrapper(with_common, command)


def telling_options(command: Callable[Concatenate[Common, P], R]) -> Callable[P, R]:
    """The common options of a command that tells times."""
    return common_options(command, tells_times=True)


def list_options(command: Callable[Concatenate[Common, P], R]) -> Callable[P, R]:
    """The common options of a command that lists something, times among it."""
    return common_options(command, tells_times=True, is_list=True)


def _form(asked: str | None, *, as_json: bool) -> Format:
    if as_json and asked not in (None, Format.JSON):
        raise click.UsageError(f"--json and --format {asked} contradict each other")
    return Format.JSON if as_json else Format(asked or Format.TABLE)


def _data_option(default: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--data", type=kind, help="The data folder.", show_default=default)


def _usual_data() -> str:
    """Where the data folder comes from if it is not given, in the order of :func:`load_settings`."""
    folder = Settings.model_fields["data"].get_default(call_default_factory=True)
    return f"{ENVIRONMENT_PREFIX}DATA, else data in the settings file, else {folder}"


_CONFIG = click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A TOML settings file."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice([each.value for each in Format]),
    help="A table for people (the default), CSV for a spreadsheet, or as --json.",
)
_UTC = click.option("--utc", is_flag=True, help="Tell times in UTC (default: in time_zone of the settings).")


def purpose_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--purpose``: what people are read about for, from the list; whoever sits at the machine usually runs it."""
    return click.option(
        "--purpose",
        type=click.Choice([str(each) for each in Purpose]),
        default=str(Purpose.OPERATION),
        show_default=True,
        callback=lambda _context, _option, chosen: Purpose(chosen),
        help="What for; it is recorded with the reading of a person.",
    )(command)


def reason_option(help: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """``--reason``: it stays on record, so that no number of a person may stand in it."""
    return click.option("--reason", required=True, callback=_without_numbers, help=help)


def _without_numbers(_context: click.Context, _option: click.Parameter, reason: str) -> str:
    from streams.intake.free_text import faults_in_texts  # It loads slowly: not for --help.

    if faults := faults_in_texts({"reason": reason}, People()):
        raise click.UsageError(f"--reason: {faults[0].message}")
    return reason


class Moment(click.ParamType):
    """A day or a time (:func:`infra.moments.read_moment`)."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return read_moment(value)
        except NoMoment as error:
            self.fail(str(error), param, ctx)


class Day(click.ParamType):
    """Such as ``2026-12-31``."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("a date is written YYYY-MM-DD", param, ctx)


class Duration(click.ParamType):
    """Such as ``90s``, ``15m``, ``12h`` or ``30d``."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        unit = _UNITS.get(value[-1:])
        if unit is None or not value[:-1].isdigit() or int(value[:-1]) == 0:
            self.fail("give a duration such as 12h or 30d", param, ctx)
        return timedelta(**{unit: int(value[:-1])})
