"""The examples of ``deploy/`` are taken by the programs that they are written for, and do what they say."""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.access import Actor, Role
from infra.command_line.main import main
from infra.settings_layers import load_settings
from tests.clients import tools
from tests.clients.conftest import Had
from tests.infra.http.served import Served

DEPLOY = tools.HERE.parents[1] / "deploy"
UNITS = sorted(each.name for each in (DEPLOY / "systemd").iterdir() if each.suffix in {".service", ".timer"})
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
BODY_LIMIT = 33 * 1024 * 1024


def test_the_settings_are_read(tmp_path: Path) -> None:
    assert load_settings(config=DEPLOY / "settings.toml").backup.keep_months == 12
    _, _, written = (DEPLOY / "kubernetes" / "settings.yaml").read_text(encoding="utf-8").partition("toml: |\n")
    (tmp_path / "settings.toml").write_text(dedent(written), encoding="utf-8")
    database = {"database": "postgresql://monitor@db.example/monitor"}
    assert load_settings(flags=database, config=tmp_path / "settings.toml").kafka.shards == 12


def test_systemd_takes_the_units(client_tool: Had, tmp_path: Path) -> None:
    analyze = client_tool(tools.systemd_analyze)
    program = Path(sys.executable).with_name("tender-monitor")
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/tender-monitor/.venv/bin/tender-monitor", str(program)))
    # A template is checked as one of its instances.
    asked = [str(tmp_path / re.sub("@", "@9108", name)) for name in UNITS]
    for name, instance in zip(UNITS, asked, strict=True):
        if "@" in name:
            (tmp_path / name).rename(instance)
    done = subprocess.run([str(analyze), "verify", *asked], check=False, capture_output=True, encoding="utf-8")
    about_ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "tender-monitor" in line]
    # That this machine has no manual pages or users of the example is nothing against them.
    assert [line for line in about_ours if "file:///opt" not in line] == []
    assert done.returncode == 0, done.stderr


def test_every_command_of_a_unit_is_one_of_ours() -> None:
    for name in UNITS:
        for command in re.findall(r"^ExecStart=(.+)$", (DEPLOY / "systemd" / name).read_text("utf-8"), re.MULTILINE):
            _takes(command.split()[1:])


def test_every_command_of_a_container_is_one_of_ours() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in MANIFESTS)
    commands = re.findall(r"^ +args: (.+)$", text, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        _takes(json.loads(command))


def test_every_command_of_the_first_day_is_one_of_ours() -> None:
    page = (DEPLOY.parent / "docs" / "first-day.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"\bmonitor ((?:account|source|keys) [a-z]+|doctor|token)\b", page))
    assert len(commands) >= 5
    for command in commands:
        _takes(command.split())
    for file in re.findall(r"deploy/[\w./@-]+\.(?:toml|conf|yml|json)|deploy/caddy/Caddyfile", page):
        assert (DEPLOY.parent / file).is_file()


def _takes(arguments: list[str]) -> None:
    """Options that a command does not have end with exit code 2 even where help is asked for."""
    result = CliRunner().invoke(main, [*(each.replace("%i", "1") for each in arguments), "--help"])
    assert result.exit_code == 0, result.output


def test_kubernetes_knows_every_field_of_the_manifests(client_tool: Had, tmp_path: Path) -> None:
    program = client_tool(tools.manifests)
    tools.run([str(program), *map(str, MANIFESTS)])
    misspelt = tmp_path / "misspelt.yaml"
    misspelt.write_text(MANIFESTS[0].read_text(encoding="utf-8").replace("schedule:", "shedule:"), encoding="utf-8")
    with pytest.raises(tools.ToolMissing, match="shedule"):
        tools.run([str(program), str(misspelt)])


def test_logrotate_turns_the_log_over_and_keeps_200_days(client_tool: Had, tmp_path: Path) -> None:
    program = client_tool(tools.logrotate)
    logs = tmp_path / "log"
    logs.mkdir(mode=0o700)
    user, group = _user(), _group()
    text = (DEPLOY / "logrotate" / "tender-monitor").read_text(encoding="utf-8")
    text = text.replace("/var/log/tender-monitor", str(logs)).replace("monitor monitor", f"{user} {group}")
    (tmp_path / "conf").write_text(text, encoding="utf-8")
    (tmp_path / "conf").chmod(0o600)
    libraries = ":".join(str(each) for each in program.parents[2].glob("**/*-linux-gnu"))
    command = [str(program), "--force", "--state", str(tmp_path / "state"), str(tmp_path / "conf")]
    with (logs / "serve.log").open("a", encoding="utf-8") as held:
        held.write("one\n")
        held.flush()
        tools.run(command, environment={"LD_LIBRARY_PATH": libraries})
        held.write("two\n")
    assert (logs / "serve.log").read_text(encoding="utf-8") == "two\n"
    (kept,) = (each for each in logs.iterdir() if each.name != "serve.log")
    assert kept.read_text(encoding="utf-8") == "one\n"
    assert "maxage 200" in text


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def _group() -> str:
    import grp

    return grp.getgrgid(os.getegid()).gr_name


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, client_tool: Had, server: Served, tmp_path: Path) -> Iterator[int]:
    """The port at which a proxy with the settings of the example answers, before a server."""
    _certificate(tmp_path)
    start = _nginx if request.param == "nginx" else _caddy
    program = client_tool(getattr(tools, request.param))
    with start(program, server.url.removeprefix("http://"), tmp_path) as port:
        yield port


@contextmanager
def _nginx(program: Path, behind: str, folder: Path) -> Iterator[int]:
    plain, secure = _free_port(), _free_port()
    text = (DEPLOY / "nginx" / "tender-monitor.conf").read_text(encoding="utf-8")
    text = re.sub(r"^.*listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443", f"listen 127.0.0.1:{secure}")
    text = text.replace("127.0.0.1:8080", behind).replace("/etc/tender-monitor/tls", str(folder))
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    conf.write_text(
        f"pid {folder}/pid; daemon off; error_log stderr; events {{}} http {{ {paths}\n{text}\n}}", encoding="utf-8"
    )
    tools.run([str(program), "-t", "-c", str(conf), "-e", "stderr"])
    with _running([str(program), "-c", str(conf), "-e", "stderr"], secure):
        yield secure


@contextmanager
def _caddy(program: Path, behind: str, folder: Path) -> Iterator[int]:
    secure = _free_port()
    text = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8080", behind).replace("/etc/tender-monitor/tls", str(folder))
    text = text.replace("{\n\t#", "{\n\tadmin off\n\tauto_https disable_redirects\n\t#", 1)
    text = text.replace("monitor.example {", f"https://monitor.example:{secure} {{\n\tbind 127.0.0.1", 1)
    conf = folder / "Caddyfile"
    conf.write_text(text, encoding="utf-8")
    own = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    asked = ["--config", str(conf), "--adapter", "caddyfile"]
    tools.run([str(program), "validate", *asked], environment=own)
    with _running([str(program), "run", *asked], secure, environment=own):
        yield secure


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    started = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
    )
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and started.poll() is None:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        started.terminate()
        started.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "monitor.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("monitor.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "fullchain.pem").write_bytes(made.public_bytes(form))
    (folder / "key.pem").write_bytes(key.private_bytes(form, serialization.PrivateFormat.PKCS8, plain))


@contextmanager
def _asked(port: int, folder: Path) -> Iterator[HTTPSConnection]:
    """A connection whose certificate is checked by name."""
    trusting = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection = HTTPSConnection("monitor.example", timeout=30)
    connection.sock = trusting.wrap_socket(plain, server_hostname="monitor.example")
    try:
        yield connection
    finally:
        connection.close()


def test_a_proxy_carries_calls_and_keeps_figures_inside(proxy: int, tmp_path: Path) -> None:
    for path, status in (("/healthz", 200), ("/metrics", 404)):
        with _asked(proxy, tmp_path) as connection:
            connection.request("GET", path)
            assert connection.getresponse().status == status
    with _asked(proxy, tmp_path) as connection:
        connection.request("GET", "/healthz")
        assert connection.getresponse().headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)
def test_a_proxy_refuses_a_body_that_the_service_would(proxy: int, tmp_path: Path) -> None:
    with _asked(proxy, tmp_path) as connection:
        connection.putrequest("POST", "/api/v1/events")
        connection.putheader("Content-Length", str(BODY_LIMIT + 1))
        connection.endheaders()
        assert connection.getresponse().status == 413


def test_a_proxy_lets_notices_through_as_they_happen(proxy: int, server: Served, tmp_path: Path) -> None:
    """What keeps the stream open comes by itself, long before the stream ends."""
    token = server.token(Actor(Role.SUPERVISOR, "Guangzhou", jurisdiction="440100"))
    with _asked(proxy, tmp_path) as connection:
        connection.request("GET", "/api/v1/notices/stream", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read1(1)
