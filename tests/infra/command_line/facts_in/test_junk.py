"""No file ends a reader in a traceback: it is read, or a sentence says why not."""

import gzip
import json
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from io import BytesIO
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.indicators import indicate
from domain.policy import Policy
from streams.importers.inputs import FileFormat, format_of, inputs_of, open_input
from streams.importers.ocds_processes import OcdsFiles
from streams.importers.record import UnusableInput
from tests.examples import examples
from tests.infra.command_line.conftest import Run
from tests.streams.importers.test_broken_ocds import a_release, package
from tests.streams.importers.test_large_workbooks import written
from tests.streams.importers.test_tables import HEADER, ROW, derive_id, mapping
from tests.streams.importers.test_workbooks import CELLS, NAMES, OLD_WORKBOOK

TEXT: Final = f"{HEADER}\n{ROW}\n{ROW}\n"
MATCHED: Final = "left,right\n甲建设有限公司,乙建设有限公司\n"
RELEASES: Final = [json.dumps(a_release(number)).encode() for number in range(3)]
INSERTED: Final = (
    b'"',
    b"\n",
    b"\0",
    b"<!--",
    b"{",
    b"}",
    b"]",
    b",",
    b"\xff\xfe",
    b"NaN",
    b"\\u",
    b"1e999999999",
    b"PK\x03\x04",
)
NAMES_OF_FILES: Final = (
    *(".csv", ".CSV", ".txt", ".xlsx", ".XLS", ".ods", ".xlsb", ".parquet", ".zip", ".ZIP", ".json", ".ndjson"),
    *(".csv.gz", ".xlsx.gz", ".parquet.gz", ".json.gz", ""),
)


def whole_files() -> dict[str, bytes]:
    files = {f".csv {encoding}": TEXT.encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16", "utf-16-le")}
    files[".csv match"] = MATCHED.encode("gb18030")
    files[".xlsx"] = written([(0, NAMES), (0, CELLS), (0, CELLS)])
    files[".xls"] = OLD_WORKBOOK
    columns = BytesIO()
    pq.write_table(pa.table({name: [str(cell)] * 3 for name, cell in zip(NAMES, CELLS, strict=True)}), columns)
    files[".parquet"] = columns.getvalue()
    files[".json"] = package(RELEASES, b"\n")
    files[".ndjson"] = b"\n".join(RELEASES)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("a.csv", TEXT)
        members.writestr("b.xlsx", files[".xlsx"])
    files[".zip"] = archive.getvalue()
    return files | {f"{name.split()[0]}.gz {name}": gzip.compress(content) for name, content in files.items()}


WHOLE: Final = whole_files()


@st.composite
def junk(draw: st.DrawFn) -> tuple[str, bytes]:
    """A name and a file under it that is broken in some places."""
    whole = draw(st.sampled_from(sorted(WHOLE)))
    content = bytearray(WHOLE[whole])
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        match draw(st.integers(0, 3)):
            case 0:
                content[place : place + 1] = draw(st.binary(min_size=1, max_size=4))
            case 1:
                del content[place : place + draw(st.sampled_from([1, 2, 30, 10_000]))]
            case 2:
                content[place:place] = draw(st.sampled_from(INSERTED))
            case 3:
                content[place:place] = content[: draw(st.integers(0, 200))]
    name = draw(st.one_of(st.just(whole.split()[0]), st.sampled_from(NAMES_OF_FILES)))
    return f"f{name}", bytes(content)


def imported(file: Path) -> None:
    for each in inputs_of(file):
        for format in (format_of(each), *FileFormat):
            with ExitStack() as closing, suppress(UnusableInput):
                source = open_input(each, format, mapping=mapping(), derive_id=derive_id, closing=closing)
                for record in source.records:
                    assert bool(record.messages) != bool(record.errors)


def judged(file: Path) -> None:
    indicate(OcdsFiles([file]), Policy())


@pytest.mark.parametrize("read", [imported, judged])
@pytest.mark.parametrize("count", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_what_cannot_be_read_is_a_record_or_a_sentence(
    tmp_path: Path, read: Callable[[Path], None], count: int
) -> None:
    @settings(max_examples=examples(count))
    @given(junk())
    def law(given: tuple[str, bytes]) -> None:
        file = tmp_path / given[0]
        file.write_bytes(given[1])
        with suppress(UnusableInput):
            read(file)

    law()


@pytest.mark.parametrize("count", [20, pytest.param(2_000, marks=pytest.mark.long)])
def test_no_command_that_reads_a_file_ends_in_a_traceback(run: Run, tmp_path: Path, count: int) -> None:
    @settings(max_examples=examples(count))
    @given(junk(), st.sampled_from(["match", "mapping suggest", "indicators", "verify"]))
    def law(given: tuple[str, bytes], command: str) -> None:
        file = tmp_path / given[0]
        file.write_bytes(given[1])
        result = run(*command.split(), file)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert result.exit_code in ((2,) if command == "verify" else (0, 2, 3))

    law()
