"""An embedded PostgreSQL: one cluster in one folder, one foreground server on a loopback port."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from smarthub_portal.run.binaries import find_postgres
from smarthub_portal.run.errors import StartError
from smarthub_portal.run.kept import kept
from smarthub_portal.run.ports import remembered_port
from smarthub_portal.run.privileges import as_unprivileged, unprivileged_user
from smarthub_portal.run.process import Spec

ROLE = DATABASE = "portal"
_COMMON = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "100"}
# Pages of a list are found in milliseconds; compiling their plans would take longer. Disks of today seek for nothing.
_COMMON |= {"jit": "off", "random_page_cost": "1.1"}
_SAFE = {"shared_buffers": "256MB", "fsync": "on", "synchronous_commit": "on"}
# Tests make and drop databases all the time and lose nothing with them.
_FAST = {"shared_buffers": "128MB", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """`home` keeps data/, passwords and the port. The data folder belongs to the server's own user."""

    def __init__(self, home: Path, log: Path, instance: str, *, is_fast: bool = False) -> None:
        self.home = home
        self.data = home / "data"
        self.log = log
        self.instance = instance
        self.is_fast = is_fast
        self.port = 0
        self.password = ""

    @property
    def url(self) -> str:
        """The portal's own role: owner of its database, no superuser."""
        return f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> Spec:
        """Make the cluster on first use, clear what a crash left, choose the port; return what to start."""
        programs, major = find_postgres()
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.data.exists():
            self._create(programs)
        self._require_major(major)
        self.password = self._password("password")
        self.port = remembered_port(self.home / "port")
        settings = {**_COMMON, **(_FAST if self.is_fast else _SAFE), "port": str(self.port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        argv = (*as_unprivileged(self.data), str(programs / "postgres"), "-D", str(self.data), *options)
        return Spec(
            "postgres",
            argv,
            self.log,
            self.instance,
            _environment(),
            stop_signal=signal.SIGINT,
            stop_seconds=10,
        )

    def clear_lock(self) -> None:
        """Remove a dead server's lock file: its pid may belong to another program by now.

        Call only while holding the data folder's own lock and after leftovers were ended.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _password(self, name: str) -> str:
        path = self.home / name
        if self.data.exists() and not path.exists():
            raise StartError(f"{path} is missing though the database exists: restore the file from a backup.")
        return kept(path, lambda: secrets.token_urlsafe(24))

    def _require_major(self, major: int) -> None:
        found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(major):
            raise StartError(
                f"{self.data} was made by PostgreSQL {found}, the programs found are {major}: set PG_BINDIR "
                f"to a PostgreSQL {found}, or dump there and move the folder away."
            )

    def _create(self, programs: Path) -> None:
        """Make the cluster under another name, rename it last: a kill leaves nothing half-made."""
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(draft, *unprivileged_user(draft))
        words = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres"]
        words += ["--pwfile=/dev/stdin", *(["--no-sync"] if self.is_fast else [])]
        superuser, own = self._password("superuser-password"), self._password("password")
        prefix = as_unprivileged(draft)
        _run((*prefix, str(programs / "initdb"), "-D", str(draft), *words), superuser + "\n")
        sql = (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{own}';\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n"
        )
        _run((*prefix, str(programs / "postgres"), "--single", "-D", str(draft), "postgres"), sql)
        draft.rename(self.data)


def _environment() -> dict[str, str]:
    """The server needs a path and a clock, and none of our secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _run(argv: tuple[str, ...], text: str) -> None:
    answer = subprocess.run(argv, input=text, capture_output=True, text=True, env=_environment(), timeout=120)
    if answer.returncode != 0:
        lines = (answer.stderr or answer.stdout).strip().splitlines() or ["no message"]
        telling = next((line for line in lines if "rror" in line or "FATAL" in line), lines[-1])
        raise StartError(f"PostgreSQL's first set-up failed: {telling.strip()}")


def is_ready(url: str) -> bool:
    """Say whether a connection can be had. A wrong password is an error that waiting does not cure."""
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError as error:
        if "authentication failed" in str(error):
            raise StartError(f"The database refused the user or password: {str(error).strip()}") from None
        return False
