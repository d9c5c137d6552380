"""Plans, commands and jobs for tests, as the portal itself would have written them."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from commands.kinds import kind_named
from commands.models import Approval, Attempt, BatchJob, Command, Group, Intent, Plan, State
from commands.states import MESSAGE
from sims.models import Protection
from staff.models import AuditEvent
from tests.factories import EnterpriseFactory, SimFactory, UserFactory


class PlanFactory(DjangoModelFactory):
    """A draft without lines: `PlanFactory(kind="suspend", enterprise=..., created_by=...)`; add `CommandFactory`s."""

    class Meta:
        model = Plan

    enterprise = factory.SubFactory(EnterpriseFactory)
    created_by = factory.SubFactory(UserFactory, role="operator")
    kind = "suspend"
    state = Plan.State.DRAFT
    digest = "d" * 64
    frozen_at = factory.LazyFunction(timezone.now)


class CommandFactory(DjangoModelFactory):
    """A line of a plan of one SIM: `CommandFactory(sim=..., plan=..., state="sent")`. The plan counts it."""

    class Meta:
        model = Command
        exclude = ["sim"]
        skip_postgeneration_save = True

    sim = factory.SubFactory(SimFactory, status="ACTIVATED")
    plan = factory.LazyAttribute(lambda o: PlanFactory(enterprise=o.sim.enterprise))
    enterprise = factory.LazyAttribute(lambda o: o.plan.enterprise)
    kind = factory.LazyAttribute(lambda o: o.plan.kind)
    giccid = factory.LazyAttribute(lambda o: o.sim.giccid)
    account_id = factory.LazyAttribute(lambda o: o.sim.account_id)
    group = Group.CHANGE
    state = State.PLANNED
    before = factory.LazyAttribute(lambda o: o.sim.status)
    expects = factory.LazyAttribute(lambda o: o.before)
    after = factory.LazyAttribute(
        lambda o: o.plan.params["text"] if o.kind == MESSAGE else kind_named(o.kind).wanted(o.plan.params)
    )

    @factory.post_generation
    def count(self: Command, create: bool, extracted: object, **_more: object) -> None:
        plan = self.plan
        plan.groups = {**plan.groups, str(self.group): plan.groups.get(str(self.group), 0) + 1}
        plan.tally = {**plan.tally, str(self.state): plan.tally.get(str(self.state), 0) + 1}
        plan.total += 1
        plan.account_ids = sorted({*plan.account_ids, self.account_id or 0})
        plan.save()


class IntentFactory(DjangoModelFactory):
    """That a SIM should be as it is, since an hour: `IntentFactory(sim=..., value="DEACTIVATED")` makes it drift."""

    class Meta:
        model = Intent
        exclude = ["sim"]

    sim = factory.SubFactory(SimFactory)
    enterprise = factory.LazyAttribute(lambda o: o.sim.enterprise)
    giccid = factory.LazyAttribute(lambda o: o.sim.giccid)
    aspect = "status"
    value = factory.LazyAttribute(lambda o: o.sim.status)
    since = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))


class BatchJobFactory(DjangoModelFactory):
    """A job under way: `BatchJobFactory(plan=..., total=3)`; give its commands `job=`."""

    class Meta:
        model = BatchJob

    plan = factory.SubFactory(PlanFactory)
    enterprise = factory.LazyAttribute(lambda o: o.plan.enterprise)
    operation = "batch_suspend"
    remote_id = factory.Sequence(lambda n: f"job-{n}")
    state = BatchJob.State.PROCESSING
    total = 1
    sent_at = factory.LazyFunction(timezone.now)


class AttemptFactory(DjangoModelFactory):
    """An accepted request of one command: `AttemptFactory(command=...)` or `AttemptFactory(job=...)`."""

    class Meta:
        model = Attempt

    operation = "suspend"
    request_id = factory.Sequence(lambda n: f"request-{n}")
    sent_at = factory.LazyFunction(timezone.now)
    answered_at = factory.LazyFunction(timezone.now)
    status = 200
    outcome = "accepted"


class ApprovalFactory(DjangoModelFactory):
    """An open question about a plan, which waits for it: `ApprovalFactory(plan=...)`."""

    class Meta:
        model = Approval

    plan = factory.SubFactory(PlanFactory, state=Plan.State.AWAITING)
    digest = factory.LazyAttribute(lambda o: o.plan.digest)
    why = ["size"]
    requested_by = factory.LazyAttribute(lambda o: o.plan.created_by)
    requested_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=24))


class ProtectionFactory(DjangoModelFactory):
    """`ProtectionFactory(sim=...)`, or `view=` and `sim=None`."""

    class Meta:
        model = Protection

    sim = factory.SubFactory(SimFactory)
    enterprise = factory.LazyAttribute(lambda o: (o.sim or o.view).enterprise)
    reason = "Emergency phones"


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = AuditEvent

    deed = "plan.submit"
    about = "a plan"
