"""The rulebook as Markdown, a page a rule in each language, written from the code: it says what the code does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from domain.rule import RULEBOOK, Rule
from domain.rule_text import rule_description
from infra.rulebook.sheet import (
    RuleSheet,
    data_words,
    grouped,
    heading,
    kind_words,
    outcome_words,
    rule_sheet,
    title_in,
)
from infra.texts.language import Language

INDEX: Final = "README.md"
CHINESE: Final = "zh"
_WIDTH: Final = 120
_WRITTEN: Final = "<!-- Written from the code by `make rules`: change the rule's docstring. -->"
_HOW_TO_READ: Final = (
    "Data are the kinds of messages that a rule reads. Coverage are the kinds of data that must be complete for the "
    "area and the period before the rule concludes something from their absence; where they are not, it finds no "
    "evidence and makes no clue."
)


def pages() -> dict[str, str]:
    """Path below the folder → content; raises RuleError where a docstring lacks a part."""
    english = {INDEX: _index(Language.EN), **{f"{rule.code}.md": _page(rule, Language.EN) for rule in _rules()}}
    chinese = {INDEX: _index(Language.ZH), **{f"{rule.code}.md": _page(rule, Language.ZH) for rule in _rules()}}
    return {**english, **{f"{CHINESE}/{name}": content for name, content in chinese.items()}}


def write_pages(folder: Path) -> int:
    """Write every page and remove those of rules that are gone; how many there are."""
    written = pages()
    (folder / CHINESE).mkdir(parents=True, exist_ok=True)
    for page in folder.rglob("*.md"):
        if page.relative_to(folder).as_posix() not in written:
            page.unlink()
    for name, content in written.items():
        (folder / name).write_text(content, encoding="utf-8")
    return len(written)


def table() -> str:
    """Each rule with its clause, the data it needs, and the data that must be complete before it speaks."""
    lines = [
        "# The rulebook in one table",
        "",
        "<!-- Written from the code by `make rules`. -->",
        "",
        *_wrapped(_HOW_TO_READ),
        "",
        "[The rules in full](rules/README.md), [规则手册](rules/zh/README.md).",
        "",
        "| code | rule | 中文 | outcome and severity | clause | data needed | coverage needed |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_row, _rules()), ""])


def _row(rule: Rule) -> str:
    description = rule_description(rule)
    data, also, coverage = (
        ", ".join(f"`{kind}`" for kind in kinds)
        for kinds in (description.data, description.also_reads, description.coverage)
    )
    data += f"; also {also}" if also else ""
    return (
        f"| [{rule.code}](rules/{rule.code}.md) | {rule.title} | [{rule.title_zh}](rules/zh/{rule.code}.md) | "
        f"{outcome_words(description, Language.EN).lower()} | {rule.clause} | {data} | {coverage or 'none'} |"
    )


def _rules() -> Iterator[Rule]:
    yield from RULEBOOK.values()


def _index(language: Language) -> str:
    other = language.of(("[English](../README.md)", "[中文](zh/README.md)"))
    lines = [f"# {heading('rulebook', language)}", "", _WRITTEN, "", other, "", heading("rulebook_how", language), ""]
    columns = ("rule_code", "rule", "rule_outcome", "rule_clause", "rule_data", "rule_coverage")
    for key, rules in grouped().items():
        lines += [f"## {heading(key, language)}", "", _cells(*(heading(column, language) for column in columns))]
        lines += ["|---|---|---|---|---|---|", *(_index_row(rule, language) for rule in rules), ""]
    return "\n".join(lines)


def _index_row(rule: Rule, language: Language) -> str:
    description = rule_description(rule)
    return _cells(
        f"[{rule.code}]({rule.code}.md)",
        title_in(rule, language),
        outcome_words(description, language),
        rule.clause,
        data_words(description, language),
        kind_words(description.coverage, language) or language.of(("无", "None")),
    )


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _page(rule: Rule, language: Language) -> str:
    sheet = rule_sheet(rule, language)
    other = language.of((f"[English](../{rule.code}.md)", f"[中文](zh/{rule.code}.md)"))
    lines = [f"# {rule.code} {sheet.title}", "", _WRITTEN, "", other, "", "| | |", "|---|---|"]
    lines += [_cells(*fact) for fact in sheet.facts]
    lines += [_cells(language.of(("代码", "Code")), f"`domain/rules/{rule.name}.py`"), ""]
    for paragraph in sheet.says:
        lines += [*_wrapped(paragraph), ""]
    if sheet.note:
        lines += [sheet.note, ""]
    for title, paragraph in sheet.sections:
        lines += [f"## {title}", "", *_wrapped(paragraph), ""]
    return "\n".join([*lines, *_thresholds(rule, sheet, language), *_history(sheet, language)])


def _thresholds(rule: Rule, sheet: RuleSheet, language: Language) -> Iterator[str]:
    if not sheet.thresholds:
        return
    setting = f"`policy.default.thresholds.{rule.code}`"
    yield from (f"## {heading('rule_thresholds', language)}", "")
    yield from (f"{heading('rule_thresholds_note', language)} {setting}", "")
    yield _cells("", heading("rule_thresholds", language), heading("rule_default", language))
    yield "|---|---|---|"
    for threshold in sheet.thresholds:
        yield _cells(threshold.says, f"`{threshold.name}`", threshold.value)
    yield ""


def _history(sheet: RuleSheet, language: Language) -> Iterator[str]:
    yield from (f"## {heading('rule_history', language)}", "")
    for paragraph in sheet.history or (heading("rule_first_version", language),):
        yield from (*_wrapped(paragraph), "")


def _wrapped(paragraph: str) -> Iterator[str]:
    """Chinese, which has no spaces, stays on one line: a line break would show as a space."""
    line = ""
    for word in paragraph.split(" "):
        if line and len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
