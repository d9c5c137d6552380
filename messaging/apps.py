from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = "SMS"

    def ready(self) -> None:
        from commands import page_parts  # noqa: PLC0415 - models must be loaded first
        from commands.states import MESSAGE  # noqa: PLC0415
        from messaging import kind, page_deeds, plan_part  # noqa: F401, PLC0415
        from staff.deeds import register  # noqa: PLC0415

        page_parts.status_parts.append(plan_part.funnel)
        page_parts.line_words[MESSAGE] = plan_part.line_words
        register(*page_deeds.ALL)
