"""How a status looks: word, colour and icon, in one place for pages, charts and exports. No models here.

`tone` names a colour pair of static/css/tokens.css, `shade` the colour of a chart slice (the three "ready"
states share a tone but must be told apart in a ring), `icon` a lucide icon. A value nobody has told us about
is shown as it came, in violet: it is never hidden and never dressed up as something known.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise


@dataclass(frozen=True)
class Look:
    """A status as people see it."""

    value: str
    label: Text
    tone: str
    icon: str
    shade: str = ""
    is_struck: bool = False

    @property
    def slice(self) -> str:
        """Colour name for charts."""
        return self.shade or self.tone


SIM_LOOKS = {
    look.value: look
    for look in (
        Look("ACTIVATED", _("Activated"), "green", "circle-check"),
        Look("DEACTIVATED", _("Suspended"), "ice", "circle-pause"),
        Look("ACTIVATE_READY", _("Ready to activate"), "grey", "circle-play", "grey-1"),
        Look("TEST_READY", _("Test ready"), "grey", "flask-conical", "grey-2"),
        Look("INVENTORY", _("Inventory"), "grey", "package", "grey-3"),
        Look("RETIRED", _("Retired"), "retired", "archive", "grey-4", is_struck=True),
    )
}

# Commands, jobs and sync runs: what became of something we asked for.
STATE_LOOKS = {
    look.value: look
    for look in (
        Look("queued", pgettext_lazy("state", "Queued"), "amber", "clock"),
        Look("leased", pgettext_lazy("state", "Picked up"), "amber", "clock-arrow-up"),
        Look("sent", pgettext_lazy("state", "Sent"), "amber", "send"),
        Look("acked", pgettext_lazy("state", "Accepted"), "amber", "check"),
        Look("applied", pgettext_lazy("state", "Applied"), "green", "check-check"),
        Look("rejected", pgettext_lazy("state", "Rejected"), "red", "circle-x"),
        Look("unknown", pgettext_lazy("state", "Outcome unknown"), "violet", "circle-question-mark"),
        Look("not_applied", pgettext_lazy("state", "Not applied"), "red", "undo-2"),
        Look("needs_human", pgettext_lazy("state", "Needs a person"), "violet", "hand"),
        Look("cancelled", pgettext_lazy("state", "Cancelled"), "grey", "ban"),
        Look("pending", pgettext_lazy("state", "Pending"), "amber", "clock"),
        Look("running", pgettext_lazy("state", "Running"), "blue", "loader-circle"),
        Look("processing", pgettext_lazy("state", "Processing"), "blue", "loader-circle"),
        Look("resolving", pgettext_lazy("state", "Resolving"), "blue", "loader-circle"),
        Look("ready", pgettext_lazy("state", "Ready"), "green", "check"),
        Look("waiting", pgettext_lazy("state", "Waiting"), "amber", "hourglass"),
        Look("completed", pgettext_lazy("state", "Completed"), "green", "check"),
        Look("succeeded", pgettext_lazy("state", "Completed"), "green", "check"),
        Look("incomplete", pgettext_lazy("state", "Incomplete"), "amber", "circle-dashed"),
        Look("success", pgettext_lazy("state", "Succeeded"), "green", "check"),
        Look("partial", pgettext_lazy("state", "Partly done"), "amber", "circle-dashed"),
        Look("interrupted", pgettext_lazy("state", "Interrupted"), "amber", "unplug"),
        Look("failed", pgettext_lazy("state", "Failed"), "red", "circle-x"),
        Look("lost", pgettext_lazy("state", "Answer lost"), "violet", "circle-question-mark"),
        Look("overdue", pgettext_lazy("state", "Overdue"), "amber", "hourglass"),
        Look("new", pgettext_lazy("state", "Waiting"), "amber", "hourglass"),
        Look("done", pgettext_lazy("state", "Processed"), "green", "check"),
        Look("dead", pgettext_lazy("state", "Given up"), "red", "octagon-x"),
        Look("reading", pgettext_lazy("state", "Being read back"), "blue", "loader-circle"),
        Look("confirmed", pgettext_lazy("state", "Confirmed by read"), "green", "check-check"),
        Look("contradicted", pgettext_lazy("state", "Contradicted by read"), "red", "circle-x"),
        Look("unverified", pgettext_lazy("state", "Unverified"), "grey", "circle-dashed"),
        Look("delivered", pgettext_lazy("state", "Delivered"), "green", "check-check"),
        Look("enabled", pgettext_lazy("state", "Enabled"), "green", "circle-check"),
        Look("disabled", pgettext_lazy("state", "Disabled"), "grey", "ban"),
        Look("resting", pgettext_lazy("state", "Resting"), "amber", "moon"),
        # Plans, and answers to questions about them.
        Look("planned", pgettext_lazy("state", "Planned"), "grey", "circle-dashed"),
        Look("skipped", pgettext_lazy("state", "Left alone"), "grey", "minus"),
        Look("freezing", pgettext_lazy("state", "Being worked out"), "blue", "loader-circle"),
        Look("draft", pgettext_lazy("state", "Draft"), "grey", "pencil-line"),
        Look("awaiting", pgettext_lazy("state", "Awaits approval"), "amber", "users"),
        Look("scheduled", pgettext_lazy("state", "Scheduled"), "amber", "calendar-clock"),
        Look("paused", pgettext_lazy("state", "Paused"), "amber", "circle-pause"),
        Look("declined", pgettext_lazy("state", "Declined"), "red", "circle-x"),
        Look("expired", pgettext_lazy("state", "Expired"), "grey", "timer-off"),
        Look("drifted", pgettext_lazy("state", "Out of date"), "amber", "git-compare-arrows"),
        Look("approved", pgettext_lazy("state", "Approved"), "green", "check-check"),
        Look("withdrawn", pgettext_lazy("state", "Withdrawn"), "grey", "undo-2"),
        Look("bypassed", pgettext_lazy("state", "Emergency bypass"), "red", "siren"),
        Look("open", pgettext_lazy("state", "Open"), "green", "lock-open"),
        Look("closed", pgettext_lazy("state", "Closed"), "grey", "lock"),
        # What a rule for alerts did.
        # Alerts: "open" alone is an APN's.
        Look("alert_open", pgettext_lazy("alert", "Open"), "amber", "bell-ring"),
        Look("alert_acknowledged", pgettext_lazy("alert", "Acknowledged"), "blue", "user-check"),
        Look("alert_snoozed", pgettext_lazy("alert", "Snoozed"), "grey", "alarm-clock"),
        Look("alert_resolved", pgettext_lazy("alert", "Resolved"), "green", "check-check"),
        Look("matched", pgettext_lazy("state", "Matched"), "blue", "search-check"),
        Look("cleared", pgettext_lazy("state", "Cleared"), "green", "check"),
        Look("told", pgettext_lazy("state", "Told"), "grey", "megaphone"),
        Look("shadow", pgettext_lazy("state", "Would have suspended"), "violet", "eye"),
        Look("suspended", pgettext_lazy("state", "Suspended"), "red", "circle-pause"),
        Look("tagged", pgettext_lazy("state", "Tagged"), "blue", "tag"),
        Look("capped", pgettext_lazy("state", "Stopped by the limit"), "amber", "hand"),
        Look("refused", pgettext_lazy("state", "Refused"), "red", "circle-x"),
        # Messages; those that look like an order's stand above.
        Look("sending", pgettext_lazy("state", "Sending"), "amber", "send"),
        Look("accepted", pgettext_lazy("state", "Accepted, awaiting report"), "amber", "check"),
        Look("no_report", pgettext_lazy("state", "No report"), "grey", "message-circle-off"),
        Look("not_sent", pgettext_lazy("state", "Not sent"), "red", "undo-2"),
        Look("received", pgettext_lazy("state", "Received"), "grey", "arrow-down-left"),
    )
}


def sim_look(value: str | None) -> Look:
    """Look of a SIM's lifecycle status as SmartHub names it."""
    return SIM_LOOKS.get(value or "") or _strange(value)


def state_look(value: str | None) -> Look:
    """Look of a command, job, task, message or sync run; upper and lower case alike."""
    return STATE_LOOKS.get((value or "").lower()) or _strange(value)


def _strange(value: str | None) -> Look:
    return Look(value or "", value or _("Not reported"), "violet", "circle-question-mark")
