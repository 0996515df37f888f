"""Writes docs/messages.md from the errors in the code: ``make messages``."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from infra.texts.errors import error_words
from infra.texts.language import Language
from infra.texts.problems import PREFIX, PROBLEMS
from infra.texts.refusals import BY_CODE

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "messages.md"
_PACKAGES: Final = ("domain", "streams", "projections", "alerts", "infra")
_ROOTS: Final = frozenset({"MonitorError", "ClickException", "UsageError", "BadParameter"})
_INTRO: Final = """# What to do when … 遇到提示怎么办

<!-- Written from the code by `make messages`: texts stand where an error is raised, and in infra/texts. -->

Every text by which a command, a call or a page says that something cannot be done. Search this page for some words of
what you read (`…` stands for what a text names); each part begins with what helps. A text says itself which file,
setting or place it is about. Where no Chinese stands, the text is shown in English.

本页列出程序可能给出的全部提示。请用所见文字中的几个词搜索本页（`…`代表提示中的具体名称）；每一部分的开头说明如何处理。没有中文的提示以英文显示。
"""
_PARTS: Final = (
    (
        "infra/backup",
        "Backup and restore",
        "备份与恢复",
        "operations.md#backup-and-restore",
        "Take an older backup of the series, or the keys that belong to it; try `backup --verify`.",
        "备份本身不会被改动。请改用同一系列中较早的备份，或者换用与之配套的密钥；可用`backup --verify`演练。",
    ),
    (
        "infra/identity",
        "Keys, accounts, signing in",
        "密钥、账号与登录",
        "operations.md#keys",
        "Put a missing key back from where you keep it. Who cannot sign in asks an operator for a link.",
        "缺少的密钥应从保管处取回，切勿新建。无法登录的人员请向运维人员索取登录链接。",
    ),
    (
        "infra/storage",
        "Disk, database, owner",
        "磁盘、数据库与文件属主",
        "operations.md#the-disk",
        "Nothing recorded is lost. Make room, or mend what the text names, and start again.",
        "已记录的数据没有丢失。请腾出空间或者修复提示中所说的问题，然后重新启动。",
    ),
    (
        "infra/transparency",
        "The log and its proofs",
        "日志与证明",
        "operations.md#proof-that-nothing-was-changed",
        "Change nothing, keep the folder as it is, and run `audit`: it names the first place that does not fit.",
        "不要改动任何内容，保留数据文件夹原状，运行`audit`：它会指出第一处不符的位置。",
    ),
    (
        "infra/witness",
        "Witnesses",
        "见证方",
        "operations.md#proof-that-nothing-was-changed",
        "Ask the operator of the witness what it has seen last.",
        "请向见证方的运维人员核对其最后所见。",
    ),
    (
        "infra/bundles",
        "Bundles",
        "证据包",
        "operations.md#proof-that-nothing-was-changed",
        "Have the bundle exported again; one that was changed is not believed.",
        "请重新导出证据包；被改动过的证据包不予采信。",
    ),
    (
        "infra/deliveries",
        "Files and deliveries",
        "文件与报送",
        "importing.md",
        "Nothing of the file is recorded unless the text says so. Mend the file or its mapping, and hand it in again.",
        "除提示另有说明外，文件内容尚未记录。请修正文件或映射后重新提交。",
    ),
    (
        "streams/importers",
        "Reading tables",
        "读取表格",
        "importing.md",
        "Save the table as CSV or XLSX, or name encoding, sheet, header row or mapping, and hand it in again.",
        "请将表格另存为CSV或XLSX，或者指明编码、工作表、表头行或映射，然后重新提交。",
    ),
    (
        "streams/deliveries",
        "Files and deliveries, checked",
        "报送检查",
        "importing.md",
        "Look at the check (`ingest --check`) before you accept.",
        "接受前请先查看检查结果（`ingest --check`）。",
    ),
    (
        "streams/intake",
        "Messages that are refused",
        "被拒收的报文",
        "operations.md#sources",
        "What was refused waits in quarantine. Mend it, or have the source granted what it lacks, and send it again.",
        "被拒收的报文存于隔离区。修正内容或者补充授权后重新发送。",
    ),
    (
        "infra/cluster",
        "A cluster",
        "集群",
        "operations.md#kafka-and-its-workers",
        "Nothing was acknowledged that is not recorded. See to broker, database or worker, and start again.",
        "未记录的数据不会得到确认。请检查消息代理、数据库或处理进程，然后重新启动。",
    ),
    (
        "streams/cluster",
        "A cluster, its topics and workers",
        "集群的主题与处理进程",
        "operations.md#kafka-and-its-workers",
        "Nothing was acknowledged that is not recorded. See to broker, database or worker, and start again.",
        "未记录的数据不会得到确认。请检查消息代理、数据库或处理进程，然后重新启动。",
    ),
    (
        "infra/command_line",
        "Commands",
        "命令",
        "operations.md#exit-codes",
        "Exit code 2: nothing was touched. Give the command as its `--help` says, or stop what is in the way.",
        "退出码为2时未做任何改动。请按`--help`的说明重新输入命令，或者先停止提示中所说的程序。",
    ),
    (
        "infra/settings",
        "Settings",
        "设置",
        "operations.md#settings",
        "The text names the key and where it came from. Mend it there.",
        "提示会指出设置项及其来源，请在该处修正。",
    ),
    (
        "alerts",
        "Notices and their channels",
        "通知与发送渠道",
        "operations.md#watching",
        "What waits is sent once the channel takes it.",
        "渠道恢复后，等待发送的通知会自动发出。",
    ),
    (
        "infra/http",
        "Calls",
        "接口调用",
        "conventions.md",
        "The problem document says what is wrong with the call; send it again as mended.",
        "返回的问题说明会指出调用的错误之处，请更正后重新调用。",
    ),
    (
        "",
        "Everything else",
        "其他",
        "operations.md",
        "The text says what it is about; ask your operator where it does not help.",
        "提示会说明相关内容；仍无法解决的，请联系运维人员。",
    ),
)


@dataclass(frozen=True, slots=True, order=True)
class Message:
    part: int
    english: str

    @property
    def chinese(self) -> str:
        """Empty where there is none. Patterns want digits in some places, and words in others."""
        for stand_in in ("…", "7"):
            asked = self.english.replace("…", stand_in)
            if (said := error_words(asked, Language.ZH)) != asked:
                return said.replace("7", "…") if stand_in == "7" else said
        return ""


@cache
def messages() -> Sequence[Message]:
    """Each once, by the part of the code that says it."""
    files = [file for package in _PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    modules = {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}
    errors = _errors(modules.values())
    found = {Message(_part(name), text) for name, module in modules.items() for text in _texts(module, errors)}
    return sorted(found)


def page() -> str:
    """The whole content."""
    lines = [_INTRO]
    every = messages()
    for number, (_, english, chinese, link, helps, helps_zh) in enumerate(_PARTS):
        rows = [f"| {_cell(each.english)} | {_cell(each.chinese)} |" for each in every if each.part == number]
        if rows:
            lines += [f"## {english} {chinese}", "", f"{helps} ([{link}]({link}))", "", helps_zh, ""]
            lines += ["| text | 中文 |", "|---|---|", *rows, ""]
    lines += ["## Codes of problems 问题代码", "", "In `code` of a problem document, and on pages.", ""]
    lines += ["| code | text | 中文 |", "|---|---|---|"]
    lines += [f"| `{code.removeprefix(PREFIX)}` | {_cell(en)} | {_cell(zh)} |" for code, (zh, en) in PROBLEMS.items()]
    lines += [
        "",
        "## Codes of refused messages 拒收代码",
        "",
        "In the quarantine and in the table of rejected rows.",
        "",
    ]
    lines += ["| code | 中文 |", "|---|---|"]
    lines += [f"| `{code}` | {_cell(str(zh))} |" for code, zh in sorted(BY_CODE.items())]
    return "\n".join(lines) + "\n"


def _part(file: str) -> int:
    return next(number for number, part in enumerate(_PARTS) if file.startswith(part[0]))


def _errors(modules: Iterable[ast.Module]) -> frozenset[str]:
    """The names of all classes that lead to one of the roots."""
    bases: dict[str, list[str]] = {}
    for module in modules:
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, []).extend(_name(base) for base in node.bases)
    known = set(_ROOTS)
    while more := {name for name, of in bases.items() if name not in known and known.intersection(of)}:
        known |= more
    return frozenset(known)


def _texts(module: ast.Module, errors: frozenset[str]) -> Iterator[str]:
    named = _named(module)
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and node.name in errors:
            yield from _said_by(node, named)
        if isinstance(node, ast.Call) and _name(node.func) in errors and node.args:
            yield from _spoken(node.args[0], named)


def _named(module: ast.Module) -> Mapping[str, Sequence[ast.expr]]:
    """What is assigned to a name anywhere in the module: a text may be put together before it is raised."""
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    named.setdefault(target.id, []).append(node.value)
    return named


def _said_by(error: ast.ClassDef, named: Mapping[str, Sequence[ast.expr]]) -> Iterator[str]:
    for node in ast.walk(error):
        begins = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
        if begins and isinstance(node, ast.Call) and node.args:
            yield from _spoken(node.args[0], named)


def _spoken(text: ast.expr, named: Mapping[str, Sequence[ast.expr]]) -> Iterator[str]:
    """Sentences; a single word is a value and no text."""
    if isinstance(text, ast.IfExp):
        yield from _spoken(text.body, named)
        yield from _spoken(text.orelse, named)
        return
    for each in named.get(text.id, ()) if isinstance(text, ast.Name) else (text,):
        said = _written(each)
        if " " in said.replace("…", "").strip():
            yield " ".join(said.split())


def _written(text: ast.expr) -> str:
    match text:
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
        case ast.BinOp(left=left, right=right):
            return _written(left) + _written(right)
        case ast.Constant(value=str(said)):
            return said
    return "…"


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
