"""GET /api/v1/rules: the rulebook, for everyone."""

from domain.rule import RULEBOOK
from tests.infra.http.served import Served


def test_the_rulebook_is_open_to_everyone(server: Served) -> None:
    answer = server.request("GET", "/api/v1/rules")
    assert answer.status == 200
    items = answer.json()["items"]
    assert [rule["code"] for rule in items] == list(RULEBOOK)
    (moves,) = (rule for rule in items if rule["code"] == "E107")
    assert moves.keys() >= {"code", "version", "title", "title_zh", "clause", "severity", "thresholds", "docstring"}
    assert moves["thresholds"] == {"fewest_moves": "3", "window_months": "12"}
    assert moves["docstring"].startswith("The registration was transferred")
