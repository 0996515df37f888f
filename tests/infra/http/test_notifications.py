"""Notices that did not arrive, over HTTP."""

import pytest

from domain.access import Role
from domain.facts.fact import Org
from tests.infra.http.served import FOREIGN, Served

PATH = "/api/v1/notifications?status=undeliverable"


def test_a_notice_to_a_name_without_a_code_is_listed_until_the_code_is_known(server: Served) -> None:
    opening = server.a_suspicious_opening(bidder=Org(name="广州无码建设有限公司"))
    listed = server.get(f"{PATH}&limit=500", Role.OPERATOR)["items"]
    (item,) = [item for item in listed if item["tender_id"] == opening.tender_id and item["rule"] == "E101"]

    assert (item["status"], item["reason"]) == ("undeliverable", "code_unknown")
    assert item["recipient"] == {"role": "bidder", "name": "广州无码建设有限公司"}
    assert item["clue_id"] == opening.clue_id
    assert "tender_monitor_undeliverable_notices" in server.request("GET", "/metrics").body.decode()


def test_a_supervisor_sees_those_of_its_own_place(server: Served) -> None:
    opening = server.a_suspicious_opening(bidder=Org(name="广州无码建设有限公司"))

    assert opening.tender_id in str(server.get(f"{PATH}&limit=500", Role.SUPERVISOR))
    assert opening.tender_id not in str(server.request("GET", PATH, FOREIGN[Role.SUPERVISOR]).json())


@pytest.mark.parametrize("role", [Role.BIDDER, Role.TENDERER, Role.SOURCE, Role.INVESTIGATOR])
def test_others_may_not_see_them(server: Served, role: Role) -> None:
    assert server.request("GET", PATH, FOREIGN[role]).status == 403


def test_another_status_is_refused(server: Served) -> None:
    assert server.request("GET", "/api/v1/notifications?status=lost", FOREIGN[Role.OPERATOR]).status == 400


def test_notices_to_codes_are_not_among_them(server: Served) -> None:
    opening = server.a_suspicious_opening()

    assert opening.tender_id not in str(server.get(f"{PATH}&limit=500", Role.OPERATOR))
