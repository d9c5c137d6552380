"""run.env: quoted for a shell and for us, private, ignored when its portal is gone."""

import os
import stat
import subprocess

import pytest

from smarthub_portal.run import lock, runenv
from smarthub_portal.run.errors import StartError

NASTY = {
    "PLAIN": "postgresql://portal:pw@127.0.0.1:5/portal",
    "BLANK": "two words",
    "QUOTES": 'it\'s "quoted"',
    "DOLLAR": "$HOME `id` $(id) \\n",
    "HASH": "a#b = c",
    "EMPTY": "",
    "CHINESE": "上海",
}


def test_what_is_written_is_read_back():
    assert runenv.parse(runenv.dump(NASTY)) == NASTY


def test_a_shell_reads_the_same(tmp_path):
    runenv.write(tmp_path, NASTY)
    script = f'. {tmp_path}/run.env; printf \'%s\\0\' "$BLANK" "$QUOTES" "$DOLLAR" "$HASH" "$CHINESE"'
    output = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode()
    assert output.split("\0")[:-1] == [
        NASTY[name] for name in ("BLANK", "QUOTES", "DOLLAR", "HASH", "CHINESE")
    ]


def test_a_value_of_two_lines_is_refused_by_name():
    with pytest.raises(StartError, match="PORTAL_X"):
        runenv.dump({"PORTAL_X": "a\nDATABASE_URL=b"})


def test_the_file_is_private(tmp_path):
    runenv.write(tmp_path, NASTY)
    assert stat.S_IMODE((tmp_path / "run.env").stat().st_mode) == 0o600


def test_the_real_environment_wins(tmp_path):
    runenv.write(tmp_path, {"A": "file", "B": "file"})
    with lock.acquire(tmp_path):
        environ = {"A": "real"}
        assert runenv.load(tmp_path, environ)
    assert environ == {"A": "real", "B": "file"}


def test_a_file_whose_portal_is_gone_is_ignored(tmp_path):
    runenv.write(tmp_path, {"A": "file"})
    (tmp_path / "supervisor.lock").write_text(f"{os.getpid()} 1\n")  # our pid, but another's start time
    environ = {}
    assert not runenv.load(tmp_path, environ)
    assert environ == {}
