"""A feed with a cursor: what it has comes in once, whoever dies meanwhile."""

import json
from pathlib import Path

import pytest

from infra.deliveries.pulls.configuration import HttpFeed, PullFailed
from infra.deliveries.pulls.fetched import Fetched
from infra.deliveries.pulls.http_feed import pull_feed
from infra.deliveries.watched_folder import WatchedFolder
from streams.importers.record import UnusableInput
from tests.bureau_servers import Bureau
from tests.delivery_builders import a_file, a_row

Served = tuple[Bureau, str]


def a_feed(address: str, folder: Path, **given: str | None) -> HttpFeed:
    (folder / "token").write_text("of the bureau\n")
    usual = {"url": address, "name": "社保.csv", "token_file": "token", "cursor_header": "Next-Since"}
    return HttpFeed.model_validate(usual | given)


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("*.csv"))


def forget(folder: Path) -> None:
    (remembered,) = (folder / ".pulled").glob("*.json")
    remembered.unlink()


async def pulled(feed: HttpFeed, folder: Path, *, most_bytes: int = 10_000) -> list[str]:
    return [path.name async for path in pull_feed(feed, folder, most_bytes=most_bytes)]


async def test_each_answer_is_a_file_and_the_next_question_begins_behind_it(bureau: Served, tmp_path: Path) -> None:
    bureau[0].rows, bureau[0].make = [a_row(number) for number in range(5)], a_file
    feed = a_feed(f"{bureau[1]}/feed", tmp_path)
    assert await pulled(feed, tmp_path) == ["社保-000001.csv", "社保-000002.csv", "社保-000003.csv"]
    assert (tmp_path / "社保-000003.csv").read_bytes() == a_file([a_row(4)])
    assert bureau[0].asked == [None, "2", "4", "5"]
    assert await pulled(feed, tmp_path) == []
    bureau[0].rows.append(a_row(5))
    assert await pulled(feed, tmp_path) == ["社保-000004.csv"]


async def test_a_document_of_messages_becomes_lines_as_they_were_written(bureau: Served, tmp_path: Path) -> None:
    bureau[0].rows = [{"id": "1", "名": "甲\n乙", "n": 1.50}, ["no message"], {"id": "3"}]
    feed = a_feed(f"{bureau[1]}/document", tmp_path, name="openings.ndjson", cursor_header=None, cursor_field="next")
    assert await pulled(feed, tmp_path) == ["openings-000001.ndjson", "openings-000002.ndjson"]
    lines = (tmp_path / "openings-000001.ndjson").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == bureau[0].rows[:2]


async def test_who_dies_between_the_file_and_the_cursor_fetches_the_same_file_again(
    bureau: Served, tmp_path: Path
) -> None:
    bureau[0].rows, bureau[0].make = [a_row(0), a_row(1)], a_file
    feed = a_feed(f"{bureau[1]}/feed", tmp_path)
    fetching = pull_feed(feed, tmp_path, most_bytes=10_000)
    await anext(fetching)
    await fetching.aclose()
    forget(tmp_path)
    assert await pulled(feed, tmp_path) == ["社保-000001.csv"]
    assert files(tmp_path) == ["社保-000001.csv"]


async def test_the_cursor_stays_where_nothing_came(bureau: Served, tmp_path: Path) -> None:
    bureau[0].rows, bureau[0].make = [a_row(0)], a_file
    feed = a_feed(f"{bureau[1]}/feed", tmp_path)
    for status, said in ((500, "answers 500"), (302, "answers 302")):
        bureau[0].status = status
        with pytest.raises(PullFailed, match=said):
            await pulled(feed, tmp_path)
    bureau[0].status = 200
    with pytest.raises(PullFailed, match="more than 10 bytes"):
        await pulled(feed, tmp_path, most_bytes=10)
    assert files(tmp_path) == []
    with pytest.raises(PullFailed, match="no next cursor"):
        await pulled(a_feed(f"{bureau[1]}/feed", tmp_path, cursor_header="Elsewhere"), tmp_path)
    with pytest.raises(PullFailed, match="no JSON document"):
        await pulled(a_feed(f"{bureau[1]}/feed", tmp_path, cursor_header=None, cursor_field="next"), tmp_path)
    elsewhere = a_feed(f"{bureau[1]}/document", tmp_path, cursor_header=None, cursor_field="next", items_field="rows")
    with pytest.raises(PullFailed, match="no list in 'rows'"):
        await pulled(elsewhere, tmp_path)
    with pytest.raises(PullFailed, match="cannot be fetched"):
        await pulled(a_feed("http://127.0.0.1:1/feed", tmp_path), tmp_path)
    (tmp_path / "token").unlink()
    feed = HttpFeed(url=f"{bureau[1]}/feed", name="社保.csv", token_file="token", cursor_header="Next-Since")
    with pytest.raises(PullFailed, match="token: cannot be read"):
        await pulled(feed, tmp_path)
    assert await pulled(a_feed(f"{bureau[1]}/feed", tmp_path), tmp_path) == ["社保-000001.csv"]


async def test_what_is_remembered_of_a_feed_is_never_guessed(bureau: Served, tmp_path: Path) -> None:
    feed = a_feed(f"{bureau[1]}/feed", tmp_path)
    Fetched(tmp_path, f"{feed.place}#{feed.name}", most_bytes=1).remember({"cursor": "0", "number": 1})
    (remembered,) = (tmp_path / ".pulled").glob("*.json")
    remembered.write_text("{", encoding="utf-8")
    with pytest.raises(PullFailed, match="remove it to begin anew"):
        await pulled(feed, tmp_path)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('url = "http://bureau.example/"\ntoken_file = "token"\ncursor_header = "N"', "https alone"),
        ('url = "https://a:b@bureau.example/"\ncursor_header = "N"', "no password"),
        ('url = "https://bureau.example/"', "cursor_header or cursor_field"),
        ('url = "https://bureau.example/"\ncursor_header = "N"\ncursor_field = "n"', "cursor_header or cursor_field"),
    ],
)
def test_a_feed_that_could_lose_a_secret_or_its_place_is_refused(tmp_path: Path, section: str, said: str) -> None:
    feeds = '[[feeds]]\nfiles = "*.csv"\n[[http]]\nname = "a.csv"\n'
    (tmp_path / "watch.toml").write_text(f"{feeds}{section}\n", encoding="utf-8")
    with pytest.raises(UnusableInput, match=said) as refused:
        WatchedFolder.of(tmp_path)
    assert "a:b" not in str(refused.value)
