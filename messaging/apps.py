from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = "SMS"

    def ready(self) -> None:
        from messaging import kind  # noqa: F401, PLC0415 - fills the registry; models must be loaded first
