"""Where settings come from: flags over environment over one TOML file, checked once, then passed on as values.

This is the only module that reads the environment. A nested key is written with two
underscores there: ``TENDER_MONITOR_HTTP__PORT=9000`` is ``[http] port = 9000``; a list or a
section is written as JSON.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, SettingsConfigDict
from pydantic_settings import PydanticBaseSettingsSource as Source

from infra.settings import ENVIRONMENT_PREFIX, Layer, Settings, SettingsError

CONFIG_VARIABLE: Final = "TENDER_MONITOR_CONFIG"
"""Names the TOML file where ``--config`` does not."""
_NESTED: Final = "__"
_WRITTEN_AS_JSON: Final = ("dict_type", "model_type", "tuple_type")


def load_settings(
    *,
    flags: Layer | None = None,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force: ``flags`` (nested, None = not given), then environment, then file.

    Raises :class:`SettingsError` naming every key that is unknown or wrong.
    """
    variables = os.environ if environment is None else environment
    file = config or (Path(variables[CONFIG_VARIABLE]) if variables.get(CONFIG_VARIABLE) else None)
    sources: dict[str, Source] = {
        "flag": InitSettingsSource(_Layered, _given(flags or {})),
        "environment": _Environment(variables),
        "file": InitSettingsSource(_Layered, _read(file) if file else {}),
    }
    only: dict[str, Any] = {"_build_sources": (tuple(sources.values()), {})}
    try:
        layered = _Layered(**only)
    except ValidationError as error:
        raise SettingsError(_explained(error, {name: source() for name, source in sources.items()})) from None
    return Settings.model_construct(layered.model_fields_set, **dict(layered))


class _Layered(Settings, BaseSettings):
    """Settings from the sources given, and no others."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter=_NESTED)


class _Environment(EnvSettingsSource):
    """Variables; one that names no setting is passed on under its own name, to be refused with the rest."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        super().__init__(_Layered)

    def _load_env_vars(self) -> dict[str, str | None]:
        ours = {name: text for name, text in self._variables.items() if name.startswith(ENVIRONMENT_PREFIX)}
        return {name.lower(): text for name, text in ours.items() if name != CONFIG_VARIABLE}

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        named = {name.removeprefix(self.env_prefix.lower()): text for name, text in self.env_vars.items()}
        return found | {name: text for name, text in named.items() if not _has(found, name.split(_NESTED))}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """What is no JSON stays text, and is refused with the rest."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def _given(flags: Layer) -> dict[str, Any]:
    return {
        key: _given(value) if isinstance(value, Mapping) else value for key, value in flags.items() if value is not None
    }


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not valid TOML ({error})") from error


def _explained(error: ValidationError, layers: Mapping[str, Layer]) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_context=False, include_url=False):
        path = [str(part) for part in problem["loc"]]
        origin = next((name for name, layer in layers.items() if _reaches(layer, path)), None)
        reason = "unknown setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        if origin == "environment":
            named = ENVIRONMENT_PREFIX + _NESTED.join(path).upper()
            reason = "not valid JSON" if problem["type"] in _WRITTEN_AS_JSON else reason
        else:
            named = ".".join(path) + (f" ({origin})" if origin else "")
        lines.append(f"{named}: {reason}")
    return "\n".join(lines)


def _has(layer: Any, path: Sequence[str]) -> bool:
    if not path:
        return True
    return isinstance(layer, Mapping) and path[0] in layer and _has(layer[path[0]], path[1:])


def _reaches(layer: Any, path: Sequence[str]) -> bool:
    """Whether it has a value at ``path``, or one above it that is no section."""
    if not path or not isinstance(layer, Mapping):
        return True
    return path[0] in layer and _reaches(layer[path[0]], path[1:])
