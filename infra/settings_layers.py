"""Where settings come from: flags over environment over one TOML file, checked once, then passed on as values.

This is the only module that reads the environment. A nested key is written with two
underscores there: ``TENDER_MONITOR_HTTP__PORT=9000`` is ``[http] port = 9000``.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from domain.errors import Unusable
from infra.settings import Settings

ENVIRONMENT_PREFIX = "TENDER_MONITOR_"
CONFIG_VARIABLE = "TENDER_MONITOR_CONFIG"
"""Names the TOML file where ``--config`` does not."""


class SettingsError(Unusable):
    """The settings cannot be used: one line per wrong key, each naming where it came from."""


Layer = Mapping[str, Any]
"""Nested settings from one place, by its name in an error message."""


def load_settings(
    *,
    flags: Layer | None = None,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force: ``flags`` (nested, None = not given), then environment, then file.

    Raises :class:`SettingsError` naming every key that is unknown or wrong.
    """
    environment = os.environ if environment is None else environment
    file = config or (Path(environment[CONFIG_VARIABLE]) if environment.get(CONFIG_VARIABLE) else None)
    layers = {
        "flag": _given(flags or {}),
        "environment": _from_environment(environment),
        "file": _from_file(file) if file else {},
    }
    merged = _merged(layers["file"], layers["environment"], layers["flag"])
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(_explained(error, layers)) from None


def _given(flags: Layer) -> dict[str, Any]:
    return {
        key: _given(value) if isinstance(value, Mapping) else value for key, value in flags.items() if value is not None
    }


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        *parents, leaf = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if not isinstance(branch, dict):
                raise SettingsError(f"{variable}: {parent} is already given as a single value")
        branch[leaf] = _environment_value(variable, text)
    return tree


def _environment_value(variable: str, text: str) -> Any:
    """Plain text, or JSON where it looks like a list or an object."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise SettingsError(f"{variable}: not valid JSON") from None


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not valid TOML ({error})") from error


def _merged(*layers: Layer) -> dict[str, Any]:
    """Later layers win, key by key."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            below = result.get(key)
            nested = isinstance(value, Mapping) and isinstance(below, Mapping)
            result[key] = _merged(below, value) if nested and below is not None else value
    return result


def _explained(error: ValidationError, layers: Mapping[str, Layer]) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_context=False, include_url=False):
        message = "unknown setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{_named(problem['loc'], layers)}: {message}")
    return "\n".join(lines)


def _named(path: tuple[int | str, ...], layers: Mapping[str, Layer]) -> str:
    """The key as whoever wrote it knows it."""
    dotted = ".".join(str(part) for part in path)
    for origin, layer in layers.items():
        if _holds(layer, path):
            variable = ENVIRONMENT_PREFIX + "__".join(str(part) for part in path).upper()
            return variable if origin == "environment" else f"{dotted} ({origin})"
    return dotted


def _holds(layer: Layer, path: tuple[int | str, ...]) -> bool:
    value: Any = layer
    for part in path:
        if not isinstance(value, Mapping):
            return True
        if part not in value:
            return False
        value = value[part]
    return True
