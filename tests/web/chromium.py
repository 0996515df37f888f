"""Finds a real Chromium, or fetches Debian's into the cache without root.

Order: the environment variable CHROMIUM, the usual names on PATH, the usual place on
macOS, then (Debian and its children only) `apt-get download` and `dpkg -x` of the
headless shell with those of its libraries and fonts that are not installed.
"""

import fcntl
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
_MACOS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
_PACKAGES = ("chromium-headless-shell", "fonts-wqy-microhei")
_FETCH_SECONDS = 300


class NoChromium(Exception):
    """No browser is installed and none could be fetched; the text says what was tried."""


@dataclass(frozen=True)
class Chromium:
    executable: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What must be added to the process environment (libraries and fonts of a fetched one)."""


def find_chromium() -> Chromium:
    """The browser to drive; raises :class:`NoChromium`."""
    named = os.environ.get("CHROMIUM")
    if named and not Path(named).exists():
        raise NoChromium(f"CHROMIUM names {named}, which is not there")
    if named:
        return Chromium(Path(named))
    on_path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if on_path:
        return Chromium(Path(on_path))
    application = next((path for path in _MACOS if path.exists()), None)
    if application:
        return Chromium(application)
    return _fetched_from_debian()


def _fetched_from_debian() -> Chromium:
    root = user_cache_path("tender-monitor-tests", ensure_exists=True) / f"chromium-{platform.machine()}"
    # Test processes beside one another would fetch into the same folder.
    with root.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "complete").exists():
            _fetch_or_say_why(root)
    return Chromium(_executable(root), _environment(root))


def _fetch_or_say_why(root: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise NoChromium("no chromium on PATH, CHROMIUM is not set, and this is not a Debian system")
    try:
        _fetch(root)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
        raise NoChromium(f"Debian's chromium could not be fetched: {error}") from error


def _fetch(root: Path) -> None:
    archives = root / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    plan = _run("apt-get", "--simulate", "--no-install-recommends", "install", *_PACKAGES)
    missing = sorted({line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")})
    _run("apt-get", "download", *missing, cwd=archives)
    for archive in sorted(archives.glob("*.deb")):
        _run("dpkg", "-x", str(archive), str(root / "root"))
    shutil.rmtree(archives)
    _write_font_settings(root)
    (root / "complete").touch()


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, check=True, timeout=_FETCH_SECONDS, capture_output=True, encoding="utf-8")
    return done.stdout


def _executable(root: Path) -> Path:
    found = sorted((root / "root" / "usr" / "lib" / "chromium").glob("*headless*shell*"))
    if not found:
        raise NoChromium("the fetched package holds no headless shell")
    return found[0]


def _write_font_settings(root: Path) -> None:
    (root / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{root}/root/usr/share/fonts</dir><dir>/usr/share/fonts</dir>"
        '<include ignore_missing="yes">/etc/fonts/conf.d</include>'
        f"<cachedir>{root}/font-cache</cachedir></fontconfig>",
        encoding="utf-8",
    )


def _environment(root: Path) -> Mapping[str, str]:
    tree = root / "root"
    # Some libraries live in private folders (pulseaudio), found by rpath only when installed.
    libraries = sorted({str(library.parent) for library in tree.rglob("*.so*")})
    return {"LD_LIBRARY_PATH": ":".join(libraries), "FONTCONFIG_FILE": str(root / "fonts.conf")}
