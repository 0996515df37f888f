import pytest

from infra.transparency.tiles import NoSuchTile, Tile, parse_path, right_edge


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "0/000"),
        (Tile(0, 1_234_067), "0/x001/x234/067"),
        (Tile(1, 999, 17), "1/999.p/17"),
        (Tile(2, 1_000, 255), "2/x001/000.p/255"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    ["", "0", "00/000", "0/0", "0/00", "0/0000", "0/x000/000", "0/001/002", "0/000.p/0", "0/000.p/256", "0/000.p/01",
     "64/000", "0/000/", "-1/000", "0/x1/000", "entries/000", "0/٠٠٠"],
)  # fmt: skip
def test_no_other_text_is_a_path(path: str) -> None:
    with pytest.raises(NoSuchTile):
        parse_path(path)


def test_a_tree_that_fills_its_tiles_has_none_half_full_but_above() -> None:
    assert right_edge(256) == [Tile(1, 0, 1)]
    assert right_edge(0) == []
