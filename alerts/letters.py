"""Rows put into words: a template for each occasion and language, which an operator may replace.

``<language>/<occasion>.txt``: the first line is the subject, the rest the text. A folder of the settings is looked
into first. Templates are sandboxed, and see only the fields named here, so that none can show what a row must not say.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.outgoing import Telling
from domain.divisions import place_name
from domain.errors import Unusable
from domain.rule import RULEBOOK

TEMPLATES: Final = Path(__file__).parent / "templates"
LANGUAGES: Final = ("zh", "en")
_FIELDS: Final = ("clue_id", "matter_id", "case_id", "lot_id", "rule", "severity", "jurisdiction", "link", "due")
_SEVERITIES_ZH: Final = {"info": "提示", "low": "低", "medium": "中", "high": "高"}
_EXAMPLE: Final = dict.fromkeys(_FIELDS, "1")


class UnreadableRow(Exception):
    """The row can never be put into words: it is set aside, and delays none of those behind it."""


class Wording:
    """All templates, looked for in ``folder`` first; raises :class:`Unusable` where one of them cannot be used."""

    def __init__(self, folder: Path | None = None) -> None:
        folders = [folder, TEMPLATES] if folder else [TEMPLATES]
        self._jinja = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folders),
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for language in LANGUAGES:
            for occasion in Telling:
                self._try(occasion, language)

    def words(self, occasion: str, language: str, content: str) -> tuple[str, str]:
        """Subject and text; raises :class:`UnreadableRow`."""
        try:
            fields = json.loads(content)
            return self._rendered(Telling(occasion), language, fields)
        except Exception as error:
            raise UnreadableRow from error

    def _rendered(self, occasion: Telling, language: str, content: Mapping[str, Any]) -> tuple[str, str]:
        given = _shown(content, language)
        given["items"] = [_shown(item, language) for item in content.get("items") or ()]
        text = self._jinja.get_template(f"{language}/{occasion}.txt").render(given)
        subject, _, body = text.strip().partition("\n")
        return subject.strip(), body.strip()

    def _try(self, occasion: Telling, language: str) -> None:
        try:
            subject, body = self._rendered(occasion, language, {**_EXAMPLE, "items": [_EXAMPLE]})
        except Exception as error:
            raise Unusable(f"the template {language}/{occasion}.txt cannot be used: {type(error).__name__}") from error
        if not subject or not body:
            raise Unusable(f"the template {language}/{occasion}.txt needs a subject in its first line, and a text")


def _shown(content: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The fields that a template may show, with the words that go with their codes."""
    fields = {name: content.get(name) for name in _FIELDS}
    rule = RULEBOOK.get(str(fields["rule"]))
    chinese = language == "zh"
    severity = str(fields["severity"] or "")
    return {
        **fields,
        "rule_title": (rule.title_zh if chinese else rule.title) if rule else "",
        "severity": (_SEVERITIES_ZH.get(severity, severity) if chinese else severity) or None,
        "place": place_name(str(fields["jurisdiction"] or "")),
    }
