"""Characters that nobody sees, shown: they could make a text read otherwise than it is."""

from typing import Any, Final

_BIDI: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F)
_ZERO_WIDTH: Final = (0x00AD, 0x034F, 0x180E, *range(0x200B, 0x200E), *range(0x2060, 0x2066), *range(0x206A, 0x2070))
_FILLERS: Final = (0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC))
_TAGS: Final = range(0xE0000, 0xE0080)
_CONTROLS: Final = (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))
_SHOWN: Final = {
    code: f"⟨U+{code:04X}⟩" for code in (*_BIDI, *_ZERO_WIDTH, *_FILLERS, *_TAGS, *_CONTROLS, 0x2028, 0x2029)
}


def visible(value: Any) -> Any:
    """``value``, with each character that turns or hides text as its number; what is no text stays as it is.

    What the templates themselves made (``Markup``) stays markup.
    """
    return value.translate(_SHOWN) if isinstance(value, str) else value
