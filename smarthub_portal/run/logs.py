"""Children write into PORTAL_DATA/logs; this follows and rotates the files and feeds the console."""

import json
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

LARGEST_BYTES = 10 * 1024 * 1024
_SHOWN_LEVELS = {"warning", "error", "critical", "fatal"}
# PostgreSQL and granian write plain lines.
_SHOWN_TEXT = re.compile(
    r"\b(?:WARNING|ERROR|FATAL|PANIC):|\[(?:WARNING|ERROR|CRITICAL)\]|^Traceback |^\w+Error: "
)
# Said to every client that comes while the server starts or stops; nothing is wrong then.
_NOISE = re.compile(
    r"the database system is (?:starting up|shutting down)|terminating connection due to administrator"
    r"|Configuration allows spawning up to"  # granian thinks of other programs than Django
)
_LINES_PER_SECOND = 5


def say(text: str) -> None:
    """Print to a console that may be gone (terminal closed): the portal goes on."""
    try:
        print(text, flush=True)  # noqa: T201  (the supervisor's voice)
    except (OSError, ValueError):
        return


def say_error(text: str) -> None:
    """The same, to stderr."""
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except (OSError, ValueError):
        return


def is_telling(line: str) -> bool:
    """Say whether a person at the console should see this line: warnings and worse."""
    if line.startswith("{"):
        try:
            record = json.loads(line)
        except ValueError:
            return False
        return str(record.get("level", "")).lower() in _SHOWN_LEVELS
    return bool(_SHOWN_TEXT.search(line)) and not _NOISE.search(line)


def brief(line: str) -> str:
    """Shorten a JSON record to its message; cut what would fill the screen."""
    if line.startswith("{"):
        try:
            record = json.loads(line)
            text = f"{record.get('level', '')}: {record.get('event', line)}"
        except ValueError:
            text = line
    else:
        text = line
    return text if len(text) <= 300 else text[:299] + "…"


def rotate(path: Path, largest: int = LARGEST_BYTES) -> bool:
    """Copy to `.1` and cut to nothing: the children keep writing to the same file (opened for appending)."""
    if not path.exists() or path.stat().st_size <= largest:
        return False
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    with path.open("r+b") as file:
        file.truncate(0)
    return True


@dataclass
class Follower:
    """Reads one log from where it ended when we began."""

    name: str
    path: Path
    offset: int = 0
    rest: bytes = b""

    def __post_init__(self) -> None:
        self.offset = self.path.stat().st_size if self.path.exists() else 0

    def lines(self) -> list[str]:
        """Return the complete lines written since the last call (at most 1 MB of them)."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            if self.path.stat().st_size < self.offset:  # cut
                self.offset, self.rest = 0, b""
            file.seek(self.offset)
            data = self.rest + file.read(1024 * 1024)
            self.offset = file.tell()
        *complete, self.rest = data.split(b"\n")
        return [line.decode("utf-8", "replace") for line in complete]


class Console:
    """Shows what matters of all logs, or everything with a name in front."""

    def __init__(self, *, is_streaming: bool) -> None:
        self.is_streaming = is_streaming
        self.is_quiet = True  # until all is ready: a failing start names its reason itself
        self._followers: dict[str, Follower] = {}
        self._shown: list[float] = []

    def follow(self, name: str, path: Path) -> None:
        """Begin at the file's present end."""
        self._followers.setdefault(name, Follower(name, path))

    def pump(self) -> None:
        """Show what came. A full disk or a missing file must not end the supervisor."""
        for follower in self._followers.values():
            try:
                for line in follower.lines():
                    self._show(follower.name, line)
                if rotate(follower.path):
                    follower.offset, follower.rest = 0, b""
            except OSError as error:
                self._show(follower.name, f"WARNING: its log: {error.strerror}")

    def _show(self, name: str, line: str) -> None:
        if self.is_streaming:
            say(f"{name:<9} {line}")
        elif not self.is_quiet and is_telling(line) and self._may_speak():
            say(f"{name}: {brief(line)}")

    def _may_speak(self) -> bool:
        now = time.monotonic()
        self._shown = [moment for moment in self._shown if now - moment < 1] + [now]
        return len(self._shown) <= _LINES_PER_SECOND


def last_words(path: Path, since: int = 0) -> str:
    """Return the last line a dead child wrote, as the reason of its death."""
    if not path.exists():
        return "it wrote nothing"
    with path.open("rb") as file:
        file.seek(max(since, path.stat().st_size - 8192))
        lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if is_telling(line) and not line.startswith("Traceback ")]
    return brief((telling or lines or ["it wrote nothing"])[-1])
