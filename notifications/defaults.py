"""Rules to begin with: each enterprise gets those that are on, the others are offered where rules are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from notifications.models import Rule, Severity
from notifications.triggers import TRIGGERS


@dataclass(frozen=True)
class Template:
    """A rule as it is offered. `is_on`: every enterprise has it from the start."""

    key: str
    name: str | Promise
    trigger: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = Severity.WARNING
    is_on: bool = True


TEMPLATES = {
    template.key: template
    for template in (
        Template("status", _("Status changed elsewhere"), "event", {"kinds": ["sim-status"]}),
        Template("apn", _("APN changed elsewhere"), "event", {"kinds": ["apn-status"]}),
        Template("imei-change", _("SIM in another device"), "event", {"kinds": ["imei-change"]}),
        Template("imei", _("Device with two SIMs"), "imei", severity=Severity.CRITICAL),
        Template(
            "threshold", _("Usage threshold reached"), "event", {"kinds": ["cycle-usage", "prepaid-traffic"]}
        ),
        Template("usage", _("Allowance almost used"), "usage", {"percent": 90}),
        Template("pool", _("Share pool almost used"), "pool", {"percent": 85}),
        Template("expiry", _("Package ends soon"), "expiry", {"days": 7}, Severity.INFO),
        Template("no-session", _("No session for long"), "event", {"kinds": ["no-session"]}, Severity.INFO),
        Template("orders", _("Orders that went wrong"), "command", severity=Severity.CRITICAL),
        Template("pushes-silent", _("Pushes stay away"), "pushes_silent", severity=Severity.CRITICAL),
        Template(
            "contradicted",
            _("Pushes that reading contradicts"),
            "event",
            {
                "kinds": [
                    *("sim-status", "apn-status", "imei-change"),
                    *("cycle-usage", "prepaid-expired", "prepaid-traffic"),
                ],
                "verdicts": ["contradicted"],
                "not_own": False,
            },
        ),
        Template(
            "silent",
            _("Activated SIM without traffic"),
            "no_traffic",
            {"days": 14},
            Severity.INFO,
            is_on=False,
        ),
        Template(
            "undelivered",
            _("Message not delivered"),
            "event",
            {"kinds": ["mt-sms-status"], "targets": ["FAILED", "UNDELIVERED", "REJECTED", "EXPIRED"]},
            is_on=False,
        ),
        Template("mo", _("Message from a SIM"), "event", {"kinds": ["mo-sms"]}, Severity.INFO, is_on=False),
        Template(
            "help",
            _("SIM asks for help"),
            "keyword",
            {"words": ["SOS", "HELP"]},
            Severity.CRITICAL,
            is_on=False,
        ),
    )
}


def name_of(rule: Rule) -> str:
    """As people call it: its own name, or its template's in their language."""
    template = TEMPLATES.get(rule.template)
    return rule.name or (str(template.name) if template else rule.trigger)


def ensure() -> int:
    """Gives enterprises without any rule those that are on; how many rules. Removed ones stay removed."""
    bare = Enterprise.objects.filter(~Exists(Rule.objects.filter(enterprise=OuterRef("pk"))))
    wanted = [
        _rule(pk, template) for pk in bare.values_list("pk", flat=True) for template in TEMPLATES.values()
    ]
    return len(Rule.objects.bulk_create([rule for rule in wanted if rule.is_enabled], ignore_conflicts=True))


def _rule(enterprise_id: int, template: Template) -> Rule:
    return Rule(
        enterprise_id=enterprise_id,
        template=template.key,
        trigger=template.trigger,
        params=TRIGGERS[template.trigger].clean(template.params),
        severity=template.severity,
        is_enabled=template.is_on,
    )
