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

    @property
    def tag(self) -> str:
        """As HTTP and HTML name it: the Chinese is simplified, also for who asked for zh-TW or zh-Hant."""
        return "zh-CN" if self.is_chinese else "en"

    def of(self, words: Words) -> str:
        zh, en = words
        return zh if self.is_chinese else en


def language_of_locale(environment: Mapping[str, str]) -> Language:
    """Chinese where the locale is a Chinese one, such as zh_CN.UTF-8, else English."""
    named = next((environment[name] for name in LOCALE_VARIABLES if environment.get(name)), "")
    return Language.ZH if named.lower().startswith("zh") else Language.EN


def preferred_language(accepted: str) -> Language:
    """The better of the two by an ``Accept-Language`` header (RFC 9110), whatever region or script; Chinese first."""
    wanted = []
    for place, one in enumerate(accepted.split(",")):
        tag, _, weight = one.partition(";")
        name = tag.strip().lower().partition("-")[0]
        quality = _quality(weight)
        if name in set(Language) and quality > 0:
            wanted.append((-quality, place, Language(name)))
    return min(wanted)[2] if wanted else Language.ZH


def _quality(weight: str) -> float:
    """``q=0.8``; 1 where nothing is said, 0 for what is no quality."""
    name, _, number = weight.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(number) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return quality if 0 < quality <= 1 else 0.0
