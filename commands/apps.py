from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "commands"
    verbose_name = "Changes"

    def ready(self) -> None:
        from commands import deeds, kind_table  # noqa: F401, PLC0415 - fills the registry; models must be loaded first

        deeds.register_deeds()
