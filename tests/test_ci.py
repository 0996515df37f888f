"""``.ci/run``: the gate is a newcomer, whose environment is empty."""

import os
import subprocess
from pathlib import Path

GATE = Path(__file__).parents[1] / ".ci" / "run"
OF_EVERY_SHELL = {"OLDPWD", "PWD", "SHLVL", "_"}


def test_nothing_of_the_environment_is_kept_but_what_the_gate_names(tmp_path: Path) -> None:
    for program in ("make", "chromium"):
        (tmp_path / program).write_text("#!/bin/sh\nexec env -0\n", encoding="utf-8")
        (tmp_path / program).chmod(0o755)
    kept = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C",
        "PIP_CONFIG_FILE": "a 'b' \"c\" $HOME `d`\ne",
        "https_proxy": "http://proxy.example:1",
        "REQUESTS_CA_BUNDLE": "ca.pem",
    }
    dropped = {"PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C", "TZ": "Asia/Shanghai", "TENDER_MONITOR_DATA": "/tmp"}
    said = subprocess.run([GATE], env={**kept, **dropped}, check=True, capture_output=True).stdout.decode()
    found = dict(pair.split("=", 1) for pair in said.rstrip("\0").split("\0"))
    assert {name: value for name, value in found.items() if name not in OF_EVERY_SHELL} == {**kept, "CI": "true"}
