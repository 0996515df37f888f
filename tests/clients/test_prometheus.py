"""The rules of deploy/prometheus fire for the series written beside them, and for no others."""

from tests.clients import tools
from tests.clients.conftest import Had

RULES = tools.HERE.parents[1] / "deploy" / "prometheus"


def test_promtool_finds_the_rules_right(client_tool: Had) -> None:
    program = client_tool(tools.promtool)
    assert "SUCCESS" in tools.run([str(program), "check", "rules", "alerts.yml"], cwd=RULES)
    assert "SUCCESS" in tools.run([str(program), "test", "rules", "alerts.test.yml"], cwd=RULES)
