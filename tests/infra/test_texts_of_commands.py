"""What commands say in Chinese: there is a text for every reason to refuse something."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.texts.errors import error_words
from infra.texts.language import Language
from infra.texts.refusals import BY_CODE, BY_MESSAGE, column_of, refusal_words

ROOT = Path(__file__).parents[2]
SAYING_WHY = {"PydanticCustomError": 0, "CellError": 0, "FieldError": 1}
"""Where a reason arises, and at which place of its arguments the code stands."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def reasons() -> Iterator[tuple[str, str]]:
    """Code and text of every reason that is written out in the code."""
    files = [*(ROOT / "domain").rglob("*.py"), *(ROOT / "streams").rglob("*.py")]
    settings = {"policy.py", "thresholds.py", "limits"}
    for file in files:
        if settings.isdisjoint(file.relative_to(ROOT).parts):
            yield from _reasons_in(ast.parse(file.read_text(encoding="utf-8")))


def _reasons_in(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in SAYING_WHY:
            continue
        texts = [each.value for each in node.args[SAYING_WHY[node.func.id] :] if isinstance(each, ast.Constant)]
        if len(texts) == 2:
            yield str(texts[0]), str(texts[1])


def test_every_reason_to_refuse_a_message_has_a_chinese_text() -> None:
    without = {message for code, message in reasons() if message not in BY_MESSAGE and code not in BY_CODE}
    assert not without


def test_no_chinese_text_stands_for_a_reason_that_is_gone() -> None:
    everything = "".join(
        file.read_text(encoding="utf-8") for part in ("domain", "streams") for file in (ROOT / part).rglob("*.py")
    )
    assert [message for message in BY_MESSAGE if message not in everything] == []


@pytest.mark.parametrize("text", [*BY_MESSAGE.values(), *BY_CODE.values()])
def test_the_texts_are_chinese(text: str) -> None:
    assert CHINESE.search(text)


def test_a_reason_about_a_cell_is_told_apart_from_its_column() -> None:
    said = "column 到账日期: no date is read here: write it like 2026-03-12"
    assert column_of(said) == "到账日期"
    assert refusal_words("format", said, Language.ZH) == "无法识别为日期，请写成2026-03-12"
    assert refusal_words("format", said, Language.EN) == "no date is read here: write it like 2026-03-12"


def test_a_reason_without_a_text_stands_as_it_is() -> None:
    assert refusal_words("unheard_of", "something else", Language.ZH) == "something else"
    assert column_of("something else") is None


def unusable_inputs() -> Iterator[str]:
    """The text of every error that stops an import, with 1 in the place of what it names."""
    for file in (
        *(ROOT / "streams" / "importers").glob("*.py"),
        ROOT / "infra" / "command_line" / "known" / "match.py",
    ):
        module = ast.parse(file.read_text(encoding="utf-8"))
        named = {
            node.target.id: node.value
            for node in module.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "UnusableInput":
                text = node.args[0]
                yield _with_one(named.get(text.id, text) if isinstance(text, ast.Name) else text)


def _with_one(text: ast.expr | None) -> str:
    match text:
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in parts)
        case ast.BinOp(left=left, right=right):
            return _with_one(left) + _with_one(right)
        case ast.Constant(value=str(said)):
            return said
    return "1"


@pytest.mark.parametrize("english", sorted({*unusable_inputs()} - {"1: 1"}))
def test_every_error_that_stops_an_import_has_a_chinese_text(english: str) -> None:
    """But for the reasons of a mapping that is wrong, which name its keys."""
    assert CHINESE.search(error_words(english, Language.ZH))


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("the database did not do what was asked: database or disk is full", "数据库未能执行：磁盘已满"),
        (
            "the database did not do what was asked: attempt to write a readonly database",
            "数据库未能执行：数据库为只读",
        ),
        ("/tmp/x.csv: cannot be read (Permission denied)", "/tmp/x.csv：无法读取（没有权限）"),
        ("https://bureau.example/a: answers 302", "https://bureau.example/a：返回302"),
        (
            "sftp://a@b:22/.: a file cannot be fetched (SFTPPermissionDenied)",
            "sftp://a@b:22/.：有一个文件无法取得（SFTPPermissionDenied）",
        ),
        ("the mapping reads columns that the file does not have: 姓名, 单位", "文件中没有映射所用的列：姓名, 单位"),
        ("something nobody foresaw", "something nobody foresaw"),
    ],
)
def test_an_error_is_told_in_chinese_with_its_cause(english: str, chinese: str) -> None:
    assert error_words(english, Language.ZH) == chinese
    assert error_words(english, Language.EN) == english
