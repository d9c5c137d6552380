from django.apps import AppConfig


class EnterpriseConfig(AppConfig):
    name = "enterprise"
    verbose_name = "Enterprise"

    def ready(self) -> None:
        from enterprise import accounts, packages, pools  # noqa: PLC0415 - models must be loaded first
        from mirror import jobs  # noqa: PLC0415

        for module in (accounts, packages, pools):
            jobs.register(module.JOB)
