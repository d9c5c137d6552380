"""A large fleet kept fresh on bad days: `make sweep-campaign`. Loopback only, stops by itself, exit code 1 if broken.

    python benchmarks/sweep_campaign.py [--sims 100000]

A sandbox with 5 % of its answers failing, 2 % truncated and 4 % of its pages shifted is swept while SIMs change, come
and go; then a day passes without jobs. After each act mirror and platform are compared SIM by SIM.
"""

import argparse
import sys
import time

import stage


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sims", type=int, default=100_000)
    sims = parser.parse_args().sims
    stage.FOLDER = stage.ROOT / "var" / "campaign"
    with stage.servers():
        return campaign(sims)


def tell(line: str) -> None:
    print(f"     {line}", flush=True)


def campaign(sims: int) -> int:
    import django  # noqa: PLC0415 - the settings need what the stage has set

    stage.use_database("campaign")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from enterprise.models import Enterprise  # noqa: PLC0415
    from sims.rollups import drift  # noqa: PLC0415
    from tests.support.freshness import Trial  # noqa: PLC0415
    from tests.support.sandbox import SandboxProcess  # noqa: PLC0415
    from tests.support.sweeps import enterprise_of  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    Enterprise.objects.all().delete()
    started = time.monotonic()
    with SandboxProcess(sims=sims) as sandbox:
        trial = Trial(sandbox, enterprise_of(sandbox), pieces=2.0, tell=tell)
        trial.play(changes=6, moves=10, lost=max(100, sims // 50))
        found = trial.complaints() + ["rollups drifted"] * bool(drift(trial.enterprise.pk))
        faults = {f"{fault['kind']} {fault['operation']}": fault["fired"] for fault in sandbox.faults()}
    print(
        f"     {trial.changed:,} changes; faults fired: {faults}; {time.monotonic() - started:.0f} s in all"
    )
    print(f"{'FAIL' if found else 'ok  '} {sims:,} SIMs: {'; '.join(found) or 'kept'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
