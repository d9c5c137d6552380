"""What the supervisor is told by the environment, checked before anything starts."""

import base64
import binascii
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from smarthub_portal.run.errors import StartError
from smarthub_portal.run.kept import kept

ROOT = Path(__file__).resolve().parents[2]
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Config:
    """The supervisor's own settings. An empty URL means: start the embedded server."""

    root: Path
    data: Path
    portal_port: int
    sandbox_port: int
    sandbox_sims: int
    is_demo: bool
    is_streaming: bool
    database_url: str
    redis_url: str


def read(environ: Mapping[str, str] = os.environ, root: Path = ROOT) -> Config:
    """Read and check; every error names its variable. Nothing is written yet."""
    config = Config(
        root=root,
        data=data_folder(environ, root),
        portal_port=_number(environ, "PORTAL_PORT", 8000, 1, 65_535),
        sandbox_port=_number(environ, "SANDBOX_PORT", 8001, 1, 65_535),
        sandbox_sims=_number(environ, "SANDBOX_SIMS", 2000, 0, 5_000_000),
        is_demo=_flag(environ, "PORTAL_DEMO", default=True),
        is_streaming=_choice(environ, "PORTAL_LOG", ("quiet", "console")) == "console",
        database_url=_url(environ, "DATABASE_URL", ("postgresql://", "postgres://")),
        redis_url=_url(environ, "REDIS_URL", ("redis://", "rediss://", "unix://")),
    )
    if config.is_demo and config.portal_port == config.sandbox_port:
        raise StartError(
            f"SANDBOX_PORT={config.sandbox_port}: the same as PORTAL_PORT; set one of them differently."
        )
    _check_field_keys(environ.get("PORTAL_FIELD_KEYS", ""))
    return config


def data_folder(environ: Mapping[str, str] = os.environ, root: Path = ROOT) -> Path:
    """Return PORTAL_DATA as an absolute path."""
    return Path(environ.get("PORTAL_DATA") or root / "var").expanduser().resolve()


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    raw = environ.get(name, "").strip() or str(default)
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and low <= int(raw) <= high):
        raise StartError(f"{name} must be a whole number from {low} to {high}, not {raw!r}.")
    return int(raw)


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    raw = environ.get(name, "").strip().lower()
    if raw and raw not in _TRUE | _FALSE:
        raise StartError(f"{name} must be 1 or 0, not {raw!r}.")
    return raw in _TRUE if raw else default


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    raw = environ.get(name, "").strip() or choices[0]
    if raw not in choices:
        raise StartError(f"{name} must be one of {', '.join(choices)}, not {raw!r}.")
    return raw


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    """The value may hold a password: never repeat it in the error."""
    raw = environ.get(name, "").strip()
    if raw and not raw.startswith(schemes):
        raise StartError(
            f"{name} must start with {' or '.join(schemes)} (leave it unset for an embedded server)."
        )
    return raw


def _check_field_keys(raw: str) -> None:
    for part in [part.strip() for part in raw.split(",") if part.strip()]:
        try:
            size = len(base64.b64decode(part, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size != 32:
            raise StartError(
                "PORTAL_FIELD_KEYS must be 32-byte keys in urlsafe base64, comma separated, newest first."
            )


def _field_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def _password() -> str:
    """Easy to type from a screen: four groups without look-alikes, about 79 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _token() -> str:
    return secrets.token_urlsafe(32)


_ALWAYS: dict[str, Callable[[], str]] = {
    "PORTAL_SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "PORTAL_FIELD_KEYS": _field_key,
}
_DEMO: dict[str, Callable[[], str]] = {
    "PORTAL_DEMO_PASSWORD": _password,
    "PORTAL_DEMO_PUSH_KEY": _token,
    "SANDBOX_API_KEY": _token,
    "SANDBOX_CONTROL_TOKEN": _token,
}


def keys(config: Config, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return every secret: as given, else random and kept (0600) in PORTAL_DATA/secrets/<name>."""
    folder = config.data / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    wanted = {**_ALWAYS, **(_DEMO if config.is_demo else {})}
    return {name: environ.get(name, "").strip() or kept(folder / name, make) for name, make in wanted.items()}


def effective(
    config: Config, secrets_: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return all settings as the children and a second terminal shall see them, but for the two URLs."""
    own = ("PORTAL_", "SANDBOX_")
    given = {name: value for name, value in environ.items() if name.startswith(own) and name != "PORTAL_LOG"}
    return {
        **given,
        **secrets_,
        "PORTAL_DATA": str(config.data),
        "PORTAL_PORT": str(config.portal_port),
        "PORTAL_DEMO": "1" if config.is_demo else "0",
        "SANDBOX_PORT": str(config.sandbox_port),
        "SANDBOX_SIMS": str(config.sandbox_sims),
        "SANDBOX_DATA": str(config.data / "sandbox"),
        "PROMETHEUS_MULTIPROC_DIR": str(config.data / "metrics"),
    }
