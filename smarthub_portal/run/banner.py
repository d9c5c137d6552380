"""What a person needs to know once the portal runs."""

from smarthub_portal.run.config import Config
from smarthub_portal.run.ports import LOOPBACK

SIGN_INS = ("admin", "approver", "operator", "viewer")


def text(config: Config, password: str, seconds: float) -> str:
    """Return the lines to print. `password` is empty without the demo."""
    portal = f"http://{LOOPBACK}:{config.portal_port}"
    rows = [("Portal", f"{portal}/"), ("Admin", f"{portal}/admin/")]
    if config.is_demo:
        rows.append(("Sandbox", f"http://{LOOPBACK}:{config.sandbox_port}/v1"))
    rows.append(("Metrics", f"{portal}/metrics"))
    if password:
        rows += [("Sign in as", ", ".join(SIGN_INS)), ("Password", password)]
    else:
        rows.append(("First admin", "in a second terminal: .venv/bin/python manage.py createsuperuser"))
    rows += [("Data", f"{config.data}"), ("Logs", f"{config.data / 'logs'}"), ("Stop", "Ctrl-C")]
    lines = [f"  {name:<12}{value}" for name, value in rows]
    return "\n".join(["", f"SmartHub Portal is ready in {seconds:.1f} s", "", *lines, ""])
