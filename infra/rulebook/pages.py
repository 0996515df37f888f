"""The rulebook as Markdown, a page a rule: written from the code, so that it says what the code does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from domain.rule import RULEBOOK, Rule
from domain.rule_text import rule_text

INDEX: Final = "README.md"
_WIDTH: Final = 120
_KINDS: Final = {
    "E": "Person and bid",
    "L": "Person and bid",
    "C": "Person and bid",
    "T": "Cross-bid",
    "S": "Site",
    "A": "Approval",
    "D": "Data quality",
    "R": "Published indicators (Cardinal)",
}
_WRITTEN: Final = (
    "<!-- Written from the code by `tender-monitor rules --pages docs/rules`: change the rule's docstring. -->"
)


def pages() -> dict[str, str]:
    """File name → content; raises RuleError where a docstring lacks a part."""
    return {INDEX: _index(), **{f"{code}.md": _page(rule) for code, rule in RULEBOOK.items()}}


def write_pages(folder: Path) -> int:
    """Write every page and remove those of rules that are gone; how many there are."""
    written = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for stale in {file.name for file in folder.glob("*.md")} - written.keys():
        (folder / stale).unlink()
    for name, content in written.items():
        (folder / name).write_text(content, encoding="utf-8")
    return len(written)


def _index() -> str:
    lines = ["# The rulebook", "", _WRITTEN, ""]
    for kind in dict.fromkeys(_KINDS.values()):
        rules = [rule for rule in RULEBOOK.values() if _KINDS[rule.code[0]] == kind]
        lines += [f"## {kind}", "", "| code | rule | 中文 | severity |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.code}]({rule.code}.md) | {rule.title} | {rule.title_zh} | {rule.severity} |" for rule in rules
        ]
        lines.append("")
    return "\n".join(lines)


def _page(rule: Rule) -> str:
    text = rule_text(rule)
    lines = [f"# {rule.code} {rule.title} {rule.title_zh}", "", _WRITTEN, "", *_facts(rule), ""]
    for paragraph in text.says:
        lines += [*_wrapped(paragraph), ""]
    for heading, paragraph in (
        ("Example", text.example),
        ("Why it matters", text.why),
        ("What is excluded", text.excluded),
    ):
        lines += [f"## {heading}", "", *_wrapped(_capitalised(paragraph)), ""]
    lines += _thresholds(rule)
    return "\n".join(lines)


def _facts(rule: Rule) -> list[str]:
    told = "supervisors only" if rule.supervisors_only else "supervisors, and the parties it concerns"
    return [
        "| | |",
        "|---|---|",
        f"| clause | {rule.clause} |",
        f"| severity | {rule.severity} at most |",
        f"| version | {rule.version} |",
        f"| who learns of its clues | {told if _KINDS[rule.code[0]] != _KINDS['R'] else 'nobody: it makes no clues'} |",
        f"| code | `domain/rules/{rule.name}.py` |",
    ]


def _thresholds(rule: Rule) -> list[str]:
    if not rule.thresholds:
        return []
    rows = [f"| `{name}` | {value} |" for name, value in rule.thresholds.items()]
    said = f"Inclusive; a jurisdiction may set them otherwise: `policy.default.thresholds.{rule.code}` in the settings."
    return ["## Thresholds", "", said, "", "| threshold | default |", "|---|---|", *rows, ""]


def _wrapped(paragraph: str) -> Iterator[str]:
    line = ""
    for word in paragraph.split(" "):
        if line and len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
