from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from messaging import hooks as message_hooks  # noqa: PLC0415
        from notifications import (  # noqa: PLC0415 - models must be loaded first
            channel_deeds,
            deeds,
            message_reads,
            sim_timeline,
            verdicts,
        )
        from sims import hooks  # noqa: PLC0415
        from staff.deeds import register  # noqa: PLC0415

        register(deeds.ROTATED, deeds.RETIRED, deeds.RULE_SAVED, deeds.RULE_SWITCHED, deeds.RULE_REMOVED)
        register(*channel_deeds.ALL)
        message_hooks.after_report.append(message_reads.settle)
        hooks.after_read_back.append(verdicts.settle)
        hooks.timeline_sources.append(sim_timeline.pushes)
        hooks.just_told.append(sim_timeline.just_told)
        hooks.news_of_sim.append(sim_timeline.NEWS)
