"""What people do about alerts. Every function names its actor, locks the row and leaves a step behind."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import telling
from notifications.models import Alert, AlertStep
from notifications.raising import recount
from staff.models import User

LONGEST_SNOOZE = timedelta(days=90)


class Refused(Exception):
    """It can't be done; a sentence that says what to do."""


def assign(actor: User, alert: Alert, whom: User | None) -> Alert:
    """To somebody who may see it, or to nobody."""
    if whom is not None and not Alert.objects.visible_to(whom).filter(pk=alert.pk).exists():
        raise Refused(_("This person does not see these SIMs. Choose somebody else."))

    def change(row: Alert) -> AlertStep | None:
        if row.assignee_id == (whom.pk if whom else None):
            return None
        row.assignee = whom
        return AlertStep(deed=AlertStep.Deed.ASSIGNED, whom=whom)

    return _change(actor, alert, change)


def acknowledge(actor: User, alert: Alert) -> Alert:
    """Somebody looks after it: theirs, unless somebody had it already."""

    def change(row: Alert) -> AlertStep | None:
        if row.state == Alert.State.ACKNOWLEDGED:
            return None
        _check_open(row)
        row.state, row.snoozed_until = Alert.State.ACKNOWLEDGED, None
        row.assignee = row.assignee or actor
        return AlertStep(deed=AlertStep.Deed.ACKNOWLEDGED)

    return _change(actor, alert, change)


def snooze(actor: User, alert: Alert, until: datetime) -> Alert:
    """Out of sight until then; what is new to it waits too."""
    now = timezone.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise Refused(_("Choose a time between now and 90 days from now."))

    def change(row: Alert) -> AlertStep | None:
        _check_open(row)
        if row.state == Alert.State.SNOOZED and row.snoozed_until == until:
            return None
        row.state, row.snoozed_until = Alert.State.SNOOZED, until
        return AlertStep(deed=AlertStep.Deed.SNOOZED, until=until)

    return _change(actor, alert, change)


def resolve(actor: User, alert: Alert, note: str) -> Alert:
    """Done with it. Needs a note: the next person has only that."""
    if len(note.strip()) < 3:
        raise Refused(_("Say in a few words how it was resolved: the next person has only your note."))

    def change(row: Alert) -> AlertStep | None:
        if not row.is_open:
            return None
        row.state, row.resolved_at, row.snoozed_until = Alert.State.RESOLVED, timezone.now(), None
        return AlertStep(deed=AlertStep.Deed.RESOLVED, note=note.strip()[:1000])

    return _change(actor, alert, change)


def reopen(actor: User, alert: Alert) -> Alert:
    """Not done after all, or wanted back before its snooze ends."""

    def change(row: Alert) -> AlertStep | None:
        if row.state == Alert.State.OPEN:
            return None
        row.state, row.snoozed_until, row.resolved_at = Alert.State.OPEN, None, None
        return AlertStep(deed=AlertStep.Deed.REOPENED)

    try:
        return _change(actor, alert, change)
    except IntegrityError:  # one of a cause at most is open
        raise Refused(_("The same has come up again in an alert of its own: work on that one.")) from None


def note(actor: User, alert: Alert, text: str) -> Alert:
    """A word for the others."""
    if not text.strip():
        raise Refused(_("Write a note first."))
    return _change(actor, alert, lambda _row: AlertStep(deed=AlertStep.Deed.NOTED, note=text.strip()[:1000]))


def each(alerts: Iterable[Alert], verb: Callable[[Alert], Alert]) -> tuple[int, list[str]]:
    """The same for many; how many were done, and the different reasons for those that were not."""
    done, problems = 0, dict[str, None]()
    for alert in alerts:
        try:
            verb(alert)
            done += 1
        except Refused as refused:
            problems[str(refused)] = None
    return done, list(problems)


# --- what happens by itself


def wake(now: datetime) -> int:
    """Snoozes that are over; how many."""
    count = 0
    for pk in Alert.objects.filter(state=Alert.State.SNOOZED, snoozed_until__lte=now).values_list(
        "pk", flat=True
    )[:500]:
        with transaction.atomic():
            row = Alert.objects.select_for_update().get(pk=pk)
            if row.state != Alert.State.SNOOZED or row.snoozed_until is None or row.snoozed_until > now:
                continue
            row.state, row.snoozed_until = Alert.State.OPEN, None
            _leave(row, AlertStep(deed=AlertStep.Deed.WOKE), None, now)
            count += 1
    return count


def cleared(alert: Alert, now: datetime) -> None:
    """Something of it does not hold any more; the caller holds its lock. Nothing holds: it is resolved."""
    recount(alert, now)
    if alert.is_open and alert.standing == 0:
        alert.state, alert.resolved_at, alert.snoozed_until = Alert.State.RESOLVED, now, None
        _leave(alert, AlertStep(deed=AlertStep.Deed.CLEARED), None, now)
        telling.resolved(alert, now)


def _check_open(row: Alert) -> None:
    if not row.is_open:
        raise Refused(_("This alert is resolved. Reopen it first."))


def _change(actor: User, alert: Alert, change: Callable[[Alert], AlertStep | None]) -> Alert:
    """`change` on the locked row; None: it is so already, as after a double click."""
    now = timezone.now()
    with transaction.atomic():
        row = Alert.objects.select_for_update(of=("self",)).select_related("rule").get(pk=alert.pk)
        was_open = row.is_open
        step = change(row)
        if step is not None:
            _leave(row, step, actor, now)
        if was_open and not row.is_open:
            telling.resolved(row, now)
    return row


def _leave(row: Alert, step: AlertStep, actor: User | None, now: datetime) -> None:
    row.changed_at = now
    row.save(update_fields=["state", "assignee", "snoozed_until", "resolved_at", "changed_at"])
    step.alert, step.by, step.at = row, actor, now
    step.save()
