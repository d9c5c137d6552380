"""Settings of `manage.py run`: every bad value is one line that names the variable."""

import base64
import stat

import pytest

from smarthub_portal.run import config
from smarthub_portal.run.errors import StartError


def test_defaults_are_those_of_the_manual(tmp_path):
    settings = config.read({}, tmp_path)
    assert (settings.portal_port, settings.sandbox_port, settings.sandbox_sims) == (8000, 8001, 2000)
    assert settings.data == tmp_path / "var"
    assert settings.is_demo
    assert not settings.is_streaming
    assert settings.database_url == settings.redis_url == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PORT", "http"),
        ("PORTAL_PORT", "0"),
        ("PORTAL_PORT", "65536"),
        ("PORTAL_PORT", "-1"),
        ("PORTAL_PORT", "٨٠٠٠"),
        ("SANDBOX_PORT", "8 001"),
        ("SANDBOX_PORT", "8000"),
        ("SANDBOX_SIMS", "many"),
        ("PORTAL_DEMO", "maybe"),
        ("PORTAL_LOG", "loud"),
        ("DATABASE_URL", "mysql://localhost/portal"),
        ("REDIS_URL", "localhost:6379"),
        ("PORTAL_FIELD_KEYS", "short"),
        ("PORTAL_FIELD_KEYS", base64.urlsafe_b64encode(b"x" * 31).decode()),
    ],
)
def test_a_bad_value_names_its_variable(name, value, tmp_path):
    with pytest.raises(StartError, match=f"^{name}"):
        config.read({name: value}, tmp_path)


def test_an_error_never_repeats_a_password(tmp_path):
    with pytest.raises(StartError) as caught:
        config.read({"DATABASE_URL": "mysql://portal:hunter2@db/portal"}, tmp_path)
    assert "hunter2" not in str(caught.value)


def test_an_empty_value_counts_as_unset(tmp_path):
    assert config.read({"PORTAL_PORT": "", "PORTAL_DEMO": " "}, tmp_path).portal_port == 8000


def test_without_the_demo_the_ports_may_be_equal(tmp_path):
    settings = config.read({"PORTAL_DEMO": "0", "PORTAL_PORT": "8001"}, tmp_path)
    assert not settings.is_demo


def test_secrets_are_random_kept_and_private(tmp_path):
    settings = config.read({"PORTAL_DATA": str(tmp_path)}, tmp_path)
    first, second = config.keys(settings, {}), config.keys(settings, {})
    assert first == second
    assert len(set(first.values())) == len(first) == 6
    files = list((tmp_path / "secrets").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    config.read(
        {"PORTAL_FIELD_KEYS": first["PORTAL_FIELD_KEYS"]}, tmp_path
    )  # our own keys pass our own check


def test_a_given_secret_wins_and_is_not_stored(tmp_path):
    settings = config.read({"PORTAL_DATA": str(tmp_path)}, tmp_path)
    keys = config.keys(settings, {"PORTAL_DEMO_PASSWORD": "given"})
    assert keys["PORTAL_DEMO_PASSWORD"] == "given"
    assert not (tmp_path / "secrets" / "PORTAL_DEMO_PASSWORD").exists()


def test_without_the_demo_no_demo_secrets_are_made(tmp_path):
    settings = config.read({"PORTAL_DATA": str(tmp_path), "PORTAL_DEMO": "0"}, tmp_path)
    assert set(config.keys(settings, {})) == {"PORTAL_SECRET_KEY", "PORTAL_FIELD_KEYS"}


def test_a_half_written_secret_is_made_again(tmp_path):
    settings = config.read({"PORTAL_DATA": str(tmp_path)}, tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "PORTAL_SECRET_KEY").touch()
    assert len(config.keys(settings, {})["PORTAL_SECRET_KEY"]) > 40


def test_effective_settings_carry_what_was_given_besides(tmp_path):
    environ = {"PORTAL_TIME_ZONE": "Asia/Shanghai", "PORTAL_LOG": "console", "HOME": "/root"}
    settings = config.read(environ | {"PORTAL_DATA": str(tmp_path)}, tmp_path)
    effective = config.effective(settings, {}, environ)
    assert effective["PORTAL_TIME_ZONE"] == "Asia/Shanghai"
    assert effective["SANDBOX_PORT"] == "8001"
    assert "HOME" not in effective
