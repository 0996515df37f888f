"""Ordinals in names: 第六工程局, 中铁二局, 广州一建, 3公司."""

import re

NUMERALS = "零〇一二两三四五六七八九十百"
_DIGITS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
# 建 counts as a unit (广州一建) only where it does not begin 建设, 建筑, 建材 or 建工: there it is industry.
# A numeral alone counts only at the end, behind two characters: in front it belongs to the trade name.
_ORDINAL = re.compile(
    rf"第(?P<counted>[{NUMERALS}0-9]+)"
    rf"|(?P<unit>[{NUMERALS}]{{1,6}})(?=局|处|冶|航|院|厂|队|建(?![设筑材工]))"
    rf"|(?<=..)(?P<last>[{NUMERALS}])$"
    r"|(?P<arabic>[0-9]+)"
)


def take_ordinals(text: str) -> tuple[str, tuple[int, ...]]:
    """``text`` without its ordinals, and the values of these in their order."""
    values: list[int] = []

    def note(match: re.Match[str]) -> str:
        values.append(_value(next(filter(None, match.groups()))))
        return ""

    return _ORDINAL.sub(note, text), tuple(values)


def _value(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    total, digit = 0, None
    # Digits without 十 or 百 between them are read one after the other: 二三 is 23.
    for character in numeral:
        if character in "十百":
            total += (1 if digit is None else digit) * (10 if character == "十" else 100)
            digit = None
        else:
            digit = 10 * (digit or 0) + (int(character) if character.isdecimal() else _DIGITS[character])
    return total + (digit or 0)
