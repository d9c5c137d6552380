"""Tags of pages about alerts and rules."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.templatetags.portal import icon
from notifications.models import Severity

register = template.Library()
_LOOKS = {
    Severity.INFO: ("blue", "info"),
    Severity.WARNING: ("amber", "triangle-alert"),
    Severity.CRITICAL: ("red", "octagon-alert"),
}


@register.simple_tag
def severity_tag(value: str) -> SafeString:
    """How serious it is: a coloured icon with its word, neither a pill nor a tag."""
    severity = Severity(value)
    tone, name = _LOOKS[severity]
    return format_html('<span class="severity tone-{}">{}{}</span>', tone, icon(name, 14), severity.label)
