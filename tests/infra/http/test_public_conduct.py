"""Anybody may see which conduct records are in force, and which may be objected to; nobody is named."""

import re
from collections.abc import Iterator

import pytest

from domain.evidence.days import day_in_shanghai
from domain.facts.conducts import ConductObjected
from tests.builders import BIDDER, RIVAL, a_message
from tests.domain.conduct.test_terms import a_record
from tests.infra.http.served import SOURCE, Served, served

NAME, ID_NUMBER = "欧阳小明", "110101199003074530"
PERSON = {"name": NAME, "id_number": ID_NUMBER}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With a record in force of a firm and of a person, one whose notice runs, and one under objection."""
    with served(tmp_path_factory.mktemp("data")) as found:
        today = day_in_shanghai(found.running.installation.clock())
        lasting = a_record(kind="performance", subject=BIDDER, record_id="F-1", what="优质工程")
        fresh = a_record(subject=BIDDER, record_id="F-2", published_on=today, what="未公示期满")
        disputed = a_record(kind="performance", subject=RIVAL, record_id="F-3", what="有争议的业绩")
        objection = ConductObjected(**disputed.model_dump())
        of_person = a_message(a_record(kind="performance", record_id="P-1", what="某人所获表彰"), source=SOURCE)
        of_person["data"]["subject"] = PERSON
        said = [a_message(data, source=SOURCE) for data in (lasting, fresh, disputed, objection)]
        assert found.send(*said, of_person).status == 202
        yield found


def shown(server: Served, path: str) -> str:
    """The page, without a session."""
    answer = server.request("GET", path)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_everybody_sees_what_is_in_force_and_what_may_be_objected_to(server: Served) -> None:
    in_force, open_ = (shown(server, f"/public/conduct{query}") for query in ("", "?state=open"))
    assert "优质工程" in in_force
    assert "未公示期满" not in in_force
    assert "有争议的业绩" not in in_force
    assert "未公示期满" in open_
    assert "有争议的业绩" in open_
    assert "异议核查中" in open_
    assert "优质工程" not in open_


def test_of_a_person_it_shows_that_there_is_a_record_and_no_more(server: Served) -> None:
    page = shown(server, "/public/conduct?lang=en")
    assert ">A person<" in page
    for personal in (NAME, NAME[0] + "＊", ID_NUMBER, "某人所获表彰"):
        assert personal not in page
    assert not re.search(r"[0-9a-f]{32}", page)


def test_the_records_of_one_firm_are_found_by_its_code(server: Served) -> None:
    assert BIDDER.name in shown(server, f"/public/conduct?firm={BIDDER.uscc}")
    assert BIDDER.name not in shown(server, f"/public/conduct?firm={RIVAL.uscc}")
    assert server.request("GET", "/public/conduct?firm=1").status == 400


def test_pages_without_end_are_not_counted_through(server: Served) -> None:
    assert "没有记录" in shown(server, "/public/conduct?page=1000")
    assert server.request("GET", "/public/conduct?page=1001").status == 400
