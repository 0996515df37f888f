"""Settings: which place wins, and what is refused."""

import base64
import json
import re
from pathlib import Path

import pytest

from infra.settings import Settings, SettingsError
from infra.settings_layers import load_settings
from streams.intake.sizes import MESSAGE_BYTES


def test_defaults_keep_everything_in_the_users_data_folder() -> None:
    settings = load_settings(environment={})
    assert settings == Settings()
    assert settings.data.name == "tender-monitor"
    assert settings.http.host == "127.0.0.1"


def test_flags_win_over_environment_and_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text('[http]\nhost = "file"\nport = 1\npublic_url = "https://file.example"\n', encoding="utf-8")
    settings = load_settings(
        flags={"http": {"host": "flag", "port": None}},
        config=file,
        environment={"TENDER_MONITOR_HTTP__HOST": "environment", "TENDER_MONITOR_HTTP__PORT": "2"},
    )
    assert (settings.http.host, settings.http.port) == ("flag", 2)
    assert settings.http.public_url == "https://file.example"


def test_the_environment_can_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text("synthetic = true\n", encoding="utf-8")
    assert load_settings(environment={"TENDER_MONITOR_CONFIG": str(file)}).synthetic


def test_a_list_is_given_as_json_in_the_environment() -> None:
    issuer = '[{"issuer": "https://id.example", "audience": "monitor", "jwks_url": "https://id.example/keys"}]'
    settings = load_settings(environment={"TENDER_MONITOR_ACCESS__OIDC": issuer})
    assert settings.access.oidc[0].issuer == "https://id.example"


def test_a_jurisdiction_names_only_what_differs_from_the_default(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text(
        '[policy.default]\nlookback_months = 6\n[policy.jurisdictions.4401]\nagent_payers = "accept"\n',
        encoding="utf-8",
    )
    policy = load_settings(config=file, environment={}).policy.for_jurisdiction("440106")
    assert (policy.lookback_months, policy.agent_payers) == (6, "accept")


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"TENDER_MONITOR_HTTP__PROT": "1"}, "TENDER_MONITOR_HTTP__PROT: unknown setting"),
        ({"TENDER_MONITOR_HTTP__PORT": "many"}, "TENDER_MONITOR_HTTP__PORT: "),
        ({"TENDER_MONITOR_ACCESS__OIDC": "[{"}, "TENDER_MONITOR_ACCESS__OIDC: not valid JSON"),
        ({"TENDER_MONITOR_HTTP": "x", "TENDER_MONITOR_HTTP__PORT": "1"}, "TENDER_MONITOR_HTTP__PORT: "),
        ({"TENDER_MONITOR_HTPP__PORT": "1"}, "TENDER_MONITOR_HTPP__PORT: unknown setting"),
        ({"TENDER_MONITOR_SYNTHETIC__NO": "1"}, "TENDER_MONITOR_SYNTHETIC__NO: unknown setting"),
        ({"TENDER_MONITOR_KAFKA__BROKERS": "a:1,b:1"}, "TENDER_MONITOR_KAFKA__BROKERS: not valid JSON"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_own_name(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(environment=environment)


def test_all_that_is_wrong_is_told_at_once_each_by_the_layer_that_says_so(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text('[http]\nport = "many"\n[logs]\nlevel = "loud"\n', encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(
            flags={"kafka": {"metrics_port": -1}},
            config=file,
            environment={"TENDER_MONITOR_LOGS__LEVEL": "quiet", "TENDER_MONITOR_LOG": "x"},
        )
    named = sorted(line.partition(": ")[0] for line in str(refused.value).splitlines())
    assert named == [
        "TENDER_MONITOR_LOG",
        "TENDER_MONITOR_LOGS__LEVEL",
        "http.port (file)",
        "kafka.metrics_port (flag)",
    ]


def test_a_section_of_the_environment_may_be_json_and_one_of_its_keys_a_variable() -> None:
    environment = {"TENDER_MONITOR_HTTP": '{"host": "0.0.0.0", "port": 1}', "TENDER_MONITOR_HTTP__PORT": "2"}
    http = load_settings(environment=environment).http
    assert (http.host, http.port) == ("0.0.0.0", 2)


def test_nothing_but_the_layers_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENDER_MONITOR_SYNTHETIC", "true")
    assert not Settings().synthetic
    assert not load_settings(environment={}).synthetic
    assert load_settings().synthetic


def test_an_unknown_key_of_the_file_is_refused_with_its_path(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text("[limits]\nbodybytes = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"limits\.bodybytes \(file\): unknown setting"):
        load_settings(config=file, environment={})


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(config=tmp_path / "missing.toml", environment={})
    broken = tmp_path / "broken.toml"
    broken.write_text("port = ", encoding="utf-8")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings(config=broken, environment={})


def test_a_call_may_bring_no_larger_message_than_intake_takes(tmp_path: Path) -> None:
    assert Settings().limits.event_bytes == MESSAGE_BYTES
    file = tmp_path / "settings.toml"
    file.write_text(f"[limits]\nevent_bytes = {MESSAGE_BYTES + 1}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"limits\.event_bytes \(file\)"):
        load_settings(config=file, environment={})


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"secrets": []},
        {"secrets": ["whsec_"]},
        {"secrets": ["whsec_c2hvcnQ="]},
        {"secrets": ["a secret that is long enough, in no form"]},
        {"signing_key": "whsk_!"},
    ],
)
def test_a_webhook_that_nobody_could_verify_is_refused_without_repeating_it(keys: dict[str, object]) -> None:
    webhook = {"name": "city", "url": "https://city.example", "role": "supervisor", "key": "4401", **keys}
    with pytest.raises(SettingsError, match="WEBHOOKS") as refused:
        load_settings(environment={"TENDER_MONITOR_WEBHOOKS": json.dumps([webhook])})
    assert "long enough" not in str(refused.value)
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    load_settings(
        environment={"TENDER_MONITOR_WEBHOOKS": json.dumps([{**webhook, "secrets": [secret]} | {"signing_key": None}])}
    )


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Settings(), "synthetic", True)  # noqa: B010 (the type checker refuses the plain form)


def test_a_wrong_value_is_not_repeated_in_the_error() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(environment={"TENDER_MONITOR_LIMITS__BODY_BYTES": "top-secret"})
    assert "top-secret" not in str(refused.value)


def documented(tmp_path: Path, page: str) -> list[Settings]:
    """Load every settings file that stands on a page of docs/."""
    manual = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    loaded = []
    for number, text in enumerate(re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        loaded.append(load_settings(config=file, environment={}))
    return loaded


def test_the_settings_in_the_operating_manual_are_accepted(tmp_path: Path) -> None:
    one_machine, many_machines = documented(tmp_path, "operations.md")
    assert one_machine.http.secure_cookies
    assert one_machine.policy.for_jurisdiction("440106").branch_payers == "accept"
    assert many_machines.kafka.shards == 12
    assert many_machines.kafka.username == "monitor"


def test_the_settings_on_the_page_of_approvals_are_accepted(tmp_path: Path) -> None:
    assert len(documented(tmp_path, "approvals.md")) == 1
