"""Payments as NDJSON, as CSV in GB18030 and as XLSX, each taken in by ``tender-monitor ingest``; the CSV then replaced.

Each goes into a folder of its own, by a process of its own. The time of a file of one row, which is the start of the
program, is taken off.
"""

import csv
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter

from bench.city import FIRMS, Firm, person
from bench.figures import Figure
from bench.memory import PeakMemory
from bench.server import PROGRAM

ROWS = 100_000
LONG_ROWS = 1_000_000
CSV_TO_NDJSON_GOAL = 0.6
XLSX_GOAL = 15_000
MEMORY_GOAL_MIB = 600
REPLACING_GOAL = 1.3
_CHANGED: Final = 100
"""Every so many rows say something else in the file that replaces the other."""
SOURCE: Final = "urn:bench:tables"
HEADER: Final = ("流水号", "姓名", "证件号码", "缴费单位", "统一社会信用代码", "费款所属期", "险种", "到账日期")
MAPPING: Final = f"""
type = "insurance-paid"
source = "{SOURCE}"
id = "流水号"
time = "到账日期"
[fields]
"person.name" = "姓名"
"person.id_number" = "证件号码"
"payer.name" = "缴费单位"
"payer.uscc" = "统一社会信用代码"
month = {{ column = "费款所属期", form = "month" }}
scheme = {{ column = "险种", values = {{ "企业职工基本养老保险" = "pension" }} }}
paid_on = {{ column = "到账日期", form = "date" }}
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows per second, and the memory of all processes."""

    rate: float
    peak_mib: float


def run(scratch: Path, rows: int) -> dict[str, Taken]:
    """By the extension of the file."""
    mapping = scratch / "tables.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    start, _ = _taken_in(scratch, "csv", 1)
    found = {}
    for name in _WRITERS:
        took, peak = _taken_in(scratch, name, rows)
        found[name] = Taken(rows / max(took - start, took / 10), peak)
        if name == "csv":
            took, peak = _replaced(scratch, rows)
            found["replacing"] = Taken(rows / max(took - start, took / 10), peak)
    mapping.unlink()
    return found


def figures(taken: dict[str, Taken], rows: int) -> Iterator[Figure]:
    ndjson, text, workbook = (taken[name] for name in ("ndjson", "csv", "xlsx"))
    yield Figure(f"ingest of {rows:,} rows as NDJSON", ndjson.rate, "rows/s")
    yield Figure("  as CSV in GB18030", text.rate, "rows/s")
    yield Figure("    ratio to NDJSON", text.rate / ndjson.rate, "", at_least=CSV_TO_NDJSON_GOAL)
    yield Figure("    resident memory, all processes, peak", text.peak_mib, "MiB", at_most=MEMORY_GOAL_MIB)
    again = taken["replacing"]
    yield Figure("  the CSV replaced by one with 1 % changed", again.rate, "rows/s")
    yield Figure("    time beside the first", text.rate / again.rate, "", at_most=REPLACING_GOAL)
    yield Figure("    resident memory, all processes, peak", again.peak_mib, "MiB", at_most=MEMORY_GOAL_MIB)
    yield Figure("  as XLSX", workbook.rate, "rows/s", at_least=XLSX_GOAL)
    yield Figure("    resident memory, all processes, peak", workbook.peak_mib, "MiB", at_most=MEMORY_GOAL_MIB)


def _taken_in(scratch: Path, name: str, rows: int) -> tuple[float, float]:
    """The seconds that it took, and the memory."""
    file = scratch / f"payments.{name}"
    _WRITERS[name](file, rows)
    given = [] if name == "ndjson" else ["--mapping", str(scratch / "tables.toml")]
    return _measured(file, given, scratch / f"tables-{name}-{rows}", accepted=rows)


def _replaced(scratch: Path, rows: int) -> tuple[float, float]:
    """The same of a file in the place of the one that was taken in before."""
    file, data = scratch / "payments.csv", scratch / f"tables-csv-{rows}"
    listed = subprocess.run(
        [str(PROGRAM), "deliveries", "--data", str(data), "--json"], stdout=subprocess.PIPE, check=True
    )
    (delivery,) = json.loads(listed.stdout)
    _write_csv(file, rows, changed=_CHANGED)
    given = ["--mapping", str(scratch / "tables.toml"), "--replaces", delivery["delivery_id"]]
    return _measured(file, given, data, accepted=rows // _CHANGED)


def _measured(file: Path, given: Sequence[str], data: Path, *, accepted: int) -> tuple[float, float]:
    command = [str(PROGRAM), "ingest", str(file), *given, "--data", str(data), "--json"]
    started = time.perf_counter()
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as importing,
        PeakMemory(importing.pid) as peak,
    ):
        answer, _ = importing.communicate()
    took = time.perf_counter() - started
    file.unlink()
    said = json.loads(answer)["accepted"]
    if said != accepted:
        raise RuntimeError(f"{file}: {said} rows were accepted, and not {accepted}")
    return took, peak.mib


def _payments(rows: int, changed: int = 0) -> Iterator[Sequence[str]]:
    """Every row whose number ``changed`` divides names another payer."""
    firms = [Firm(number) for number in range(FIRMS)]
    for number in range(rows):
        who = json.loads(person(number % 300_000))
        is_changed = changed and number % changed == 0
        firm = json.loads(firms[(number + bool(is_changed)) % FIRMS].json)
        month = f"{2024 + number // 300_000}03"
        cells = (f"JF{number:09d}", who["name"], who["id_number"], firm["name"], firm["uscc"], month)
        yield (*cells, "企业职工基本养老保险", f"{month[:4]}-04-10")


def _write_csv(file: Path, rows: int, *, changed: int = 0) -> None:
    with file.open("w", encoding="gb18030", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        writer.writerows(_payments(rows, changed))


def _write_xlsx(file: Path, rows: int) -> None:
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("缴费明细")
        sheet.write_row(0, 0, HEADER)
        for place, cells in enumerate(_payments(rows), 1):
            sheet.write_row(place, 0, cells)


def _write_ndjson(file: Path, rows: int) -> None:
    with file.open("w", encoding="utf-8") as lines:
        for id, name, number, payer, code, month, _, paid_on in _payments(rows):
            said = {
                "person": {"name": name, "id_number": number},
                "payer": {"name": payer, "uscc": code},
                "month": f"{month[:4]}-{month[4:]}",
                "scheme": "pension",
                "paid_on": paid_on,
            }
            at = f"{paid_on}T00:00:00+08:00"
            kind = "tender-integrity.insurance-paid.v1"
            message = {"specversion": "1.0", "id": id, "source": SOURCE, "type": kind, "time": at, "data": said}
            lines.write(json.dumps(message, ensure_ascii=False) + "\n")


_WRITERS: Final[dict[str, Callable[[Path, int], None]]] = {
    "ndjson": _write_ndjson,
    "csv": _write_csv,
    "xlsx": _write_xlsx,
}
