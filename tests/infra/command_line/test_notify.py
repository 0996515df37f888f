"""What goes out by channels, on the command line."""

from pathlib import Path

from sqlalchemy import update

from alerts.outgoing import OUTGOING, State
from infra.installation import Installation
from infra.settings import Settings
from tests.infra.command_line.conftest import RecordedCity, Run, answer

SETTINGS = """
[[channels.wecom]]
name = "wecom-city"
url = "https://robot.example/send?key=k"

[[channels.mail]]
host = "smtp.example"
sender = "monitor@city.example"
"""


def test_a_test_waits_and_when_it_has_failed_is_listed_and_sent_again(
    run: Run, city: RecordedCity, tmp_path: Path
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    given = ("--data", city.data, "--config", config)
    row_id = answer(run("notify", "test", "wecom-city", *given, "--json"))["row_id"]
    assert answer(run("notify", "list", "--failed", *given, "--json")) == []
    installation = Installation.open(Settings(data=Path(city.data)))
    with installation.database.transaction() as connection:
        connection.execute(update(OUTGOING).values(state=State.FAILED, error="http-410"))
    installation.close()
    (row,) = answer(run("notify", "list", "--failed", *given, "--json"))
    assert (row["row_id"], row["error"]) == (row_id, "http-410")
    assert "notify list --failed" in run("doctor", *given).stdout
    assert answer(run("notify", "resend", row_id, *given, "--json")) == {"resent": 1}
    assert run("notify", "resend", row_id, *given).exit_code == 1
    assert answer(run("notify", "resend", "--channel", "wecom-city", *given, "--json")) == {"resent": 0}


def test_a_channel_that_is_not_there_or_sends_to_nobody_is_refused(
    run: Run, city: RecordedCity, tmp_path: Path
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    given = ("--data", city.data, "--config", config)
    assert run("notify", "test", "nobody", *given).exit_code == 1
    assert run("notify", "test", "mail", *given).exit_code == 2
    assert run("notify", "test", "mail", "--to", "nobody", *given).exit_code == 1
    assert run("notify", "resend", *given).exit_code == 2
