"""The elements of a JSON array, cut out one after another.

A decoder takes a long array in one go, and no other thread runs meanwhile. Here other threads
run between two elements, an element is never longer than allowed, and whoever asks may stop
in the middle: fifteen million elements of two bytes each cost no memory.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from domain.errors import MonitorError

_BLANK: Final = re.compile(r"[ \t\n\r]*")


class NotAnArray(MonitorError):
    """The text is not a JSON array."""


class TooLargeElement(MonitorError):
    """An element is longer than allowed."""


def elements(text: bytes | bytearray, *, largest: int) -> Iterator[bytes]:
    """Each element in the bytes it was sent in; raises NotAnArray, or TooLargeElement above ``largest`` bytes.

    Whether an element is UTF-8 is not looked at.
    """
    reader = _Reader(text, largest)
    if reader.sign() != "[":
        raise NotAnArray
    sign = reader.sign()
    if sign != "]":
        reader.go_back()
        while True:
            yield reader.element()
            sign = reader.sign()
            if sign == "]":
                break
            if sign != ",":
                raise NotAnArray
            reader.skip_blanks()
    if reader.sign():
        raise NotAnArray


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_DECODER: Final = json.JSONDecoder(parse_int=float, parse_constant=_refuse, strict=False)
"""Asked only where a value ends. As floats, long integers cost no more than others."""


class _Reader:
    """A place in the text, and a window of it from there on."""

    def __init__(self, text: bytes | bytearray, largest: int) -> None:
        self._text = text
        self._largest = largest
        self._place = 0
        self._window = ""
        self._begins = 0

    def sign(self) -> str:
        """The next character that is not blank, which is passed; empty at the end."""
        self.skip_blanks()
        window, at = self._look(1)
        self._place += 1
        return window[at : at + 1]

    def go_back(self) -> None:
        """To before the sign passed last."""
        self._place -= 1

    def skip_blanks(self) -> None:
        while True:
            window, at = self._look(1)
            found = _BLANK.match(window, at)
            assert found is not None
            self._place = self._begins + found.end()
            if found.end() < len(window) or self._place >= len(self._text):
                return

    def element(self) -> bytes:
        """The value that begins here, which is passed."""
        window, at = self._look(self._largest + 1)
        try:
            _, end = _DECODER.raw_decode(window, at)
        except RecursionError as error:
            raise NotAnArray from error
        except ValueError as error:
            # Not a value, or one that goes on behind the window, which holds more than an element may have.
            raise (NotAnArray if self._begins + len(window) >= len(self._text) else TooLargeElement) from error
        if end - at > self._largest:
            raise TooLargeElement
        self._place = self._begins + end
        return bytes(self._text[self._begins + at : self._place])

    def _look(self, least: int) -> tuple[str, int]:
        """A window that goes on for ``least`` bytes from here, or to the end; and where in it we are."""
        ends = self._begins + len(self._window)
        if not self._begins <= self._place <= ends or (self._place + least > ends and ends < len(self._text)):
            self._begins = self._place
            part = self._text[self._begins : self._begins + 2 * (self._largest + 1)]
            # In Latin-1 every byte is one character, so that places in the window are places in the text.
            self._window = part.decode("latin-1")
        return self._window, self._place - self._begins
