"""The image's own steps and the commands of compose.yaml, parsed and run as processes, without a container engine."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from infra.command_line.main import main
from infra.settings import ENVIRONMENT_PREFIX, Settings

ROOT: Final = Path(__file__).parents[1]
LOCKED: Final = "requirements.lock"
_NOT_LENT: Final = ("__editable__", "tender_monitor", "pip")

Instruction = tuple[str, str]
"""A word such as RUN, and the rest of the line."""


def stages() -> list[list[Instruction]]:
    """The instructions of each stage of the Dockerfile."""
    found: list[list[Instruction]] = []
    for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                found.append([])
            found[-1].append((word, rest))
    return found


class Image:
    """A folder in place of the image's root; the steps that install the locked libraries may be left to ours."""

    def __init__(self, folder: Path, *, with_libraries: bool) -> None:
        self._root = folder
        self._with_libraries = with_libraries
        self._here = folder / "app"
        self._here.mkdir()
        for step, rest in stages()[0]:
            self._take(step, rest)

    def _take(self, step: str, rest: str) -> None:
        if step == "COPY":
            *sources, target = rest.split()
            place = self._here / target
            subprocess.run(["cp", "-r", *(str(ROOT / source) for source in sources), str(place)], check=True)
        elif step == "RUN" and LOCKED in rest and not self._with_libraries:
            self._lend_libraries()
        elif step == "RUN":
            self.run(
                *shlex.split(rest.replace(" /venv", f" {self.venv}").replace("/venv/bin/", f"{self.venv}/bin/", 1))
            )

    @property
    def venv(self) -> Path:
        return self._root / "venv"

    def _lend_libraries(self) -> None:
        """Those of this environment, but for the program itself; pip is the image's own."""
        (packages,) = (self.venv / "lib").glob("python*/site-packages")
        for old in packages.glob("*setuptools*"):
            shutil.rmtree(old)
        lent = [each for each in Path(sysconfig.get_path("purelib")).iterdir() if not each.name.startswith(_NOT_LENT)]
        for each in lent:
            if not (packages / each.name).exists():
                (packages / each.name).symlink_to(each)

    def run(self, program: str, *arguments: str) -> str:
        """A step, or a command of the image, without the variables of this process."""
        own = Path(program) if "/" in program else self.venv / "bin" / program
        command = [str(own) if own.exists() else sys.executable if program == "python" else program, *arguments]
        environment = {"PATH": f"{self.venv / 'bin'}:{os.environ['PATH']}", "HOME": str(self._root), "LANG": "C.UTF-8"}
        done = subprocess.run(
            command, cwd=self._here, env=environment, capture_output=True, check=False, timeout=1_200, text=True
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout


def entry_point() -> list[str]:
    said = dict(stages()[-1])
    return [*json.loads(said["ENTRYPOINT"]), *json.loads(said["CMD"])]


def commands_of_compose() -> list[list[str]]:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    return [json.loads(said) for said in re.findall(r"^ +command: (\[.*\])$", text, re.MULTILINE)]


def environment_of_compose() -> dict[str, str]:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    found = re.findall(rf"^ +({ENVIRONMENT_PREFIX}\w+): (.+)$", text, re.MULTILINE)
    return {name: value.strip("\"'") for name, value in found}


def assert_complete(image: Image, folder: Path) -> None:
    """The program runs from what the steps have installed, with templates and pages, and from nowhere else."""
    program = entry_point()[0]

    assert image.run(program, "rules", "E101")
    (packages,) = (image.venv / "lib").glob("python*/site-packages")
    for name in ("templates", "static"):
        (ours,) = (ROOT / "infra" / "web").glob(name)
        assert {each.name for each in ours.iterdir()} == {
            each.name for each in (packages / "infra/web" / name).iterdir()
        }


def test_the_steps_of_the_image_install_a_program_that_runs(tmp_path: Path) -> None:
    """With the libraries of this environment in place of those that the step would fetch."""
    assert_complete(Image(tmp_path, with_libraries=False), tmp_path)


@pytest.mark.long
def test_the_steps_of_the_image_install_the_locked_libraries_too(tmp_path: Path) -> None:
    assert_complete(Image(tmp_path, with_libraries=True), tmp_path)


def test_what_the_image_starts_and_compose_runs_are_commands_with_such_options() -> None:
    for command in (entry_point()[1:], *commands_of_compose()):
        result = CliRunner().invoke(main, [*command, "--help"])
        assert result.exit_code == 0, command
    assert len(commands_of_compose()) == 5


def test_the_settings_of_compose_are_settings() -> None:
    given = environment_of_compose()
    assert given
    for name in given:
        section, _, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        model = Settings.model_fields[section].annotation
        assert not key or key in getattr(model, "model_fields", {}), name
