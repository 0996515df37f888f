"""Codes as spreadsheets, browsers and typists write them, for tests."""

from hypothesis import strategies as st

SIGNS_FOR_NOTHING = (
    *("", " ", "\u3000", "/", "／", "//", "\\", "-", "--", "---", "—", "——", "－", "_", "无", " 无 ", "暂无", "'-"),
    *("NULL", "null", "(null)", "N/A", "n/a", "#N/A", "ＮＵＬＬ", "nan", "None", "\u200b", "未知"),
)
_INVISIBLE = ("\u200b", "\u200e", "\u200f", "\u202d", "\u202c", "\ufeff", "\u00ad", " ", "\u00a0", "\u3000", "\t", "-")
_FULL_WIDTH = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}


@st.composite
def disguised(draw: st.DrawFn, code: str) -> str:
    """``code`` in another spelling that means the same."""
    text = "".join(
        draw(st.sampled_from([each, each.lower(), each.translate(_FULL_WIDTH)]))
        + draw(st.sampled_from(["", "", "", *_INVISIBLE]))
        for each in code
    )
    wrapped = draw(st.sampled_from(["{}", "'{}", "’{}", '="{}"', " {} ", "\ufeff{}", "‘{}’", '"{}"']))
    return wrapped.format(text)
