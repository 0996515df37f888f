"""No cell of an export is ever calculated."""

import pytest

from infra.documents.spreadsheet import neutral


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_a_text_that_looks_like_a_formula_is_made_a_text(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["住房和城乡建设局", "a=b", "", -1, 0.5, None])
def test_everything_else_stays_as_it_is(cell: object) -> None:
    assert neutral(cell) == cell
