"""Old workbooks whose sectors run in a circle or out of the file are refused before they are read."""

from io import BytesIO
from struct import pack_into, unpack_from

import pytest

from streams.importers.compound_files import BrokenCompoundFile, check_chains
from streams.importers.record import Mark, UnusableInput
from streams.importers.workbook_rows import open_workbook
from tests.streams.importers.test_tables import derive_id, mapping
from tests.streams.importers.test_workbooks import OLD_WORKBOOK

TABLE = (unpack_from("<I", OLD_WORKBOOK, 76)[0] + 1) * 512
DIRECTORY = (unpack_from("<I", OLD_WORKBOOK, 48)[0] + 1) * 512


def changed(*places: tuple[int, int]) -> bytes:
    content = bytearray(OLD_WORKBOOK)
    for place, number in places:
        pack_into("<I", content, place, number)
    return bytes(content)


def test_a_whole_workbook_is_let_through() -> None:
    check_chains(OLD_WORKBOOK)


@pytest.mark.parametrize(
    "places",
    [
        [(TABLE, 0)],
        [(TABLE, 1), (TABLE + 4, 0)],
        [(TABLE, 1_000_000)],
        [(48, 1_000_000)],
        [(60, 1_000_000)],
        [(68, 0), (72, 1)],
        [(DIRECTORY + 128 + 116, 1_000_000)],
        [(76, 1_000_000)],
    ],
)
def test_a_chain_that_does_not_end_in_the_file_is_refused(places: list[tuple[int, int]]) -> None:
    content = changed(*places)
    with pytest.raises(BrokenCompoundFile):
        check_chains(content)
    with pytest.raises(UnusableInput, match="not readable as a workbook"):
        open_workbook(BytesIO(content), Mark(), mapping(), derive_id)


@pytest.mark.parametrize("length", [0, 100, 511, 512, 600, 1_024, 3_000])
def test_a_file_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(BrokenCompoundFile):
        check_chains(OLD_WORKBOOK[:length])
