"""The bare machine: what is checked, what is remembered, what is repaired."""

import subprocess
import sys

import pytest

from smarthub_portal.run import bootstrap


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty checkout with a fake .venv that looks whole."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    script = f"#!/bin/sh\necho {venv}\n"
    (venv / "bin" / "python").write_text(script)
    (venv / "bin" / "python").chmod(0o755)
    names = {"ROOT": tmp_path, "VENV": venv, "PYTHON": venv / "bin" / "python", "BUILD": tmp_path / "build"}
    for name, value in names.items():
        monkeypatch.setattr(bootstrap, name, value)
    (tmp_path / "build").mkdir()
    for name in bootstrap.REQUIREMENTS["test"]:
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.fixture
def steps(monkeypatch):
    """What would have been run."""
    done = []
    monkeypatch.setattr(bootstrap, "run_step", lambda what, command: done.append(what))
    return done


def test_it_needs_nothing_but_the_standard_library():
    code = "import smarthub_portal.run.bootstrap as b; print(b.OLDEST_NODE)"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = ['.']; {code}"], capture_output=True
    )
    assert run.returncode == 0, run.stderr


def test_packages_are_installed_once(checkout, steps):
    bootstrap.install("run")
    bootstrap.install("run")
    assert steps == ["Installing Python packages"]


def test_a_changed_lock_installs_again(checkout, steps):
    bootstrap.install("run")
    (checkout / "requirements.txt").write_text("changed")
    bootstrap.install("run")
    assert len(steps) == 2


def test_what_serves_the_tests_serves_running_but_not_the_other_way(checkout, steps):
    bootstrap.install("run")
    bootstrap.install("test")
    bootstrap.install("run")
    assert len(steps) == 2


def test_a_venv_killed_while_installing_is_made_anew(checkout, steps):
    (checkout / ".venv" / ".incomplete").touch()
    assert not bootstrap.venv_works()
    with pytest.raises(FileNotFoundError):  # the fake step makes no .venv
        bootstrap.install("run")
    assert steps == ["Making .venv"]


def test_a_venv_of_another_folder_is_made_anew(checkout):
    assert bootstrap.venv_works()
    bootstrap.write_stamps(checkout / ".venv" / "bootstrap.json", {"root": "/elsewhere"})
    assert not bootstrap.venv_works()


def test_a_venv_whose_interpreter_is_gone_is_made_anew(checkout):
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    assert not bootstrap.venv_works()


def test_a_cut_stamp_counts_as_nothing_done(tmp_path):
    (tmp_path / "stamps").write_text('{"static": "ab')
    assert bootstrap.read_stamps(tmp_path / "stamps") == {}


@pytest.mark.parametrize(("uid", "expected"), [(0, "apt-get install"), (1000, "sudo apt-get install")])
def test_the_line_to_type_fits_the_user(uid, expected, monkeypatch):
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: uid)
    assert bootstrap.apt_line("make").startswith(expected)


def test_a_missing_venv_module_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(
        bootstrap.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object()
    )
    assert bootstrap.main(["bootstrap", "run"]) == 1
    assert capsys.readouterr().err.endswith("apt-get install -y make python3-venv\n")


def test_a_missing_browser_is_one_line(monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: None)
    with pytest.raises(bootstrap.BootstrapError, match="apt-get install -y chromium"):
        bootstrap.check_browser()


def test_a_failing_step_shows_the_end_of_its_output(checkout):
    code = "import sys; print('the reason'); sys.exit(3)"
    with pytest.raises(bootstrap.BootstrapError, match=r"the reason\nTrying: failed with exit code 3\."):
        bootstrap.run_step("Trying", [sys.executable, "-c", code])
