"""What staff add to SIMs and keep for themselves: tags, views, list layout, selections, exports, purchase orders."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from mirror.models import LeasedRow
from sims.card_models import Sim
from staff.models import User


def _owner(name: str) -> "models.ForeignKey[User, User]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name=name)


class Tag(models.Model):
    """A word staff put on SIMs of one enterprise."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    sims = models.ManyToManyField(Sim, through="SimTag", related_name="tags")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "name"], name="tag_name")]

    def __str__(self) -> str:
        return self.name


class SimTag(models.Model):
    """One tag on one SIM."""

    sim = models.ForeignKey(Sim, on_delete=models.CASCADE, related_name="sim_tags", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="sim_tags", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sim", "tag"], name="sim_tag_once"),
        ]
        indexes = [models.Index(fields=["tag", "sim"], name="sim_tag_of")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.sim_id}"


class ListLayout(models.Model):
    """How one person likes the list of SIMs. An empty `columns` means the usual ones."""

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", _("Comfortable")
        COMPACT = "compact", _("Compact")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sim_list_layout", primary_key=True
    )
    columns = models.JSONField(default=list)
    density = models.CharField(max_length=12, choices=Density, default=Density.COMFORTABLE)
    page_size = models.PositiveSmallIntegerField(default=50)

    def __str__(self) -> str:
        return f"layout of {self.user_id}"


class SavedView(models.Model):
    """A named query string of the list, for its owner or for everybody who sees the enterprise."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="sim_views")
    owner = _owner("sim_views")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, blank=True, help_text=_("As in the address, without page."))
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "owner", "name"], name="view_name_of_owner")
        ]

    def __str__(self) -> str:
        return self.name


class SelectionManager(models.Manager["Selection"]):
    """Without the problems, which may be megabytes: whoever wants them asks `sims.problems`."""

    def get_queryset(self) -> "models.QuerySet[Selection]":
        return super().get_queryset().defer("problems")


class Selection(LeasedRow):
    """A frozen set of SIMs: "all that match" resolved once, ticked rows, or a pasted or uploaded list of ICCIDs."""

    class Kind(models.TextChoices):
        QUERY = "query", _("All that matched")
        TICKED = "ticked", _("Ticked rows")
        LISTED = "listed", _("Pasted or uploaded")

    class State(models.TextChoices):
        RESOLVING = "resolving", _("Resolving")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="selections")
    owner = _owner("selections")
    kind = models.CharField(max_length=10, choices=Kind)
    query = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RESOLVING)
    total = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text=_("[{line, text, reason}] of a list."))
    problem_count = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects = SelectionManager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.total}"


class SelectionItem(models.Model):
    """One SIM of a selection."""

    pk = models.CompositePrimaryKey("selection_id", "sim_id")
    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="items", db_index=False)
    # No constraint: 100,000 checks would triple the time to freeze; SIM rows are never deleted one by one.
    sim = models.ForeignKey(
        Sim, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"{self.sim_id} in {self.selection_id}"


class Export(LeasedRow):
    """A spreadsheet made by a worker: exactly the columns, filters and order that were on screen."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        COMPLETED = "completed", _("Completed")
        FAILED = "failed", _("Failed")

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="exports")
    owner = _owner("exports")
    query = models.CharField(max_length=2000, blank=True)
    columns = models.JSONField()
    language = models.CharField(max_length=16, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    file_name = models.CharField(max_length=200, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"export {self.uid}"


class PurchaseOrder(models.Model):
    """A PO whose SIMs the platform was asked for: list items don't name their PO (doc), only the filter knows it."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="purchase_orders")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, help_text=_("When its SIMs were last read completely."))
    total = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "name"], name="po_name")]

    def __str__(self) -> str:
        return self.name
