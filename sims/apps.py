from django.apps import AppConfig


class SimsConfig(AppConfig):
    name = "sims"
    verbose_name = "SIM cards"

    def ready(self) -> None:
        from commands import fleet  # noqa: PLC0415 - models must be loaded first
        from enterprise import counters, hooks  # noqa: PLC0415
        from mirror import jobs  # noqa: PLC0415
        from sims import allowances, commanding, delta, history, po, readback, rollups, sweep  # noqa: PLC0415

        fleet.register(commanding.SimFleet())
        counters.register(rollups.counts_by_account)
        for job in (sweep.JOB, delta.JOB, readback.JOB, po.JOB, history.JOB):
            jobs.register(job)
        hooks.after_packages.append(allowances.after_packages)
