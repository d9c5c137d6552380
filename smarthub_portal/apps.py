"""Loaded by django.setup(): every process that has settings also has the Celery app as the current one."""

from django.apps import AppConfig

from smarthub_portal import celery

__all__ = ["PortalConfig", "celery"]


class PortalConfig(AppConfig):
    """The project package as an app, for its templates, commands and checks."""

    name = "smarthub_portal"

    def ready(self) -> None:
        """What stands on the page of a SIM besides its own; the apps it comes from may not know each other."""
        from messaging import news, sim_tab  # noqa: PLC0415 - models must be loaded first
        from sims import hooks  # noqa: PLC0415

        tab = hooks.Tab(
            name=sim_tab.NAME,
            label=sim_tab.LABEL,
            icon=sim_tab.ICON,
            template=sim_tab.TEMPLATE,
            live_template=sim_tab.LIVE_TEMPLATE,
            head_template=sim_tab.HEAD_TEMPLATE,
            context=sim_tab.context,
            news=sim_tab.news,
            deed=sim_tab.DEED,
            needs=sim_tab.NEEDS,
        )
        hooks.tabs.append(tab)
        hooks.news_of_sim.append(news.OF_SIM)
