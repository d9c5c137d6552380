"""`manage.py sync_sims`: a full sweep in the foreground, with a progress bar."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from enterprise.models import Enterprise
from enterprise.start import start_sweep
from mirror import runs
from mirror.models import SyncRun
from sims import sweep


class Command(BaseCommand):
    help = "Reads every SIM of an enterprise from SmartHub into the mirror."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--enterprise", help="Name of one enterprise; without it, all enabled ones.")

    def handle(self, *args: Any, **options: Any) -> None:
        enterprises = Enterprise.objects.enabled().exclude(api_key_sealed="")
        if options["enterprise"]:
            enterprises = enterprises.filter(name=options["enterprise"])
        if not enterprises:
            raise CommandError(
                "No enabled enterprise with an API key; add one under Enterprise in the portal."
            )
        failed = [enterprise.name for enterprise in enterprises if not self._sweep(enterprise)]
        if failed:
            raise CommandError(
                f"The sweep did not complete for: {', '.join(failed)}. The reason stands above."
            )

    def _sweep(self, enterprise: Enterprise) -> bool:
        run, is_new = start_sweep(enterprise, None, trigger=SyncRun.Trigger.COMMAND)
        if not is_new:
            self.stdout.write(f"{enterprise.name}: joining run {run.pk}, which is already open.")
        with tqdm(unit=" SIMs", desc=enterprise.name, disable=None) as bar:
            run = self._drive(run, bar)
        self.stdout.write(
            f"{enterprise.name}: run {run.pk} {run.get_state_display().lower()}: {run.seen} SIMs read in"
            f" {run.requests} requests; {run.created} created, {run.changed} changed, {run.unchanged} unchanged,"
            f" {run.rejected} rejected."
        )
        if run.error:
            self.stderr.write(run.error)
        return run.state == SyncRun.State.SUCCEEDED

    def _drive(self, run: SyncRun, bar: "tqdm[Any]") -> SyncRun:
        """Works on the run, a second at a time, or watches while a worker has it. Interrupted, a worker goes on."""
        said = None
        while run.is_open:
            held = runs.claim(run.pk, timezone.now())
            if held:
                sweep.advance(held, seconds=1.0)
            else:
                time.sleep(0.5)
            run = SyncRun.objects.get(pk=run.pk)
            bar.total = run.expected
            bar.update(run.seen - bar.n)
            bar.set_postfix_str(run.get_state_display())
            if run.state == SyncRun.State.WAITING and said != (said := run.error):
                self.stderr.write(f"Waiting until {run.run_at:%H:%M:%S} UTC: {run.error}")
        return run
