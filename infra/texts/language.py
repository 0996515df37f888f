"""The two languages, and choosing between them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

Words = tuple[str, str]
"""Chinese, English."""

LOCALE_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Those that choose the language of messages; the first that is set decides."""


class Language(StrEnum):
    ZH = "zh"
    EN = "en"

    @property
    def is_chinese(self) -> bool:
        return self is Language.ZH

    def of(self, words: Words) -> str:
        zh, en = words
        return zh if self.is_chinese else en


def language_of_locale(environment: Mapping[str, str]) -> Language:
    """Chinese where the locale is a Chinese one, such as zh_CN.UTF-8, else English."""
    named = next((environment[name] for name in LOCALE_VARIABLES if environment.get(name)), "")
    return Language.ZH if named.lower().startswith("zh") else Language.EN
