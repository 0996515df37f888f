"""docs/faults.md tells of each fault that the tests try."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = ROOT / "tests" / "streams" / "kafka" / "faults"
ROW = re.compile(r"^\| `(\w+)[`\[]", re.MULTILINE)
UNMEASURED = re.compile(r"^- `(\w+)[`\[]", re.MULTILINE)


def test_every_fault_that_is_tried_is_told_of() -> None:
    """With its figures, or among those that have none yet."""
    functions = [
        each
        for file in FAULTS.glob("test_*.py")
        for each in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
    ]
    told = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = ROW.findall(told)
    assert {*rows, *UNMEASURED.findall(told)} == {each.name.removeprefix("test_") for each in functions}
    assert len(rows) >= 40
