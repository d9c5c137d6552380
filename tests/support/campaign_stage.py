"""An enterprise whose mirror is complete, in a fresh database."""

from django.core.management import call_command

from enterprise.models import Enterprise
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import enterprise_of, refresh, sweep


def connected(sandbox: SandboxProcess) -> Enterprise:
    """Migrates, connects to the sandbox, sweeps once."""
    call_command("migrate", verbosity=0)
    enterprise = enterprise_of(sandbox, name="Campaign")
    refresh(enterprise)
    sweep(enterprise)
    return enterprise
