"""All models of changes: plans and what people decide, and the orders that carry them out."""

from commands.command_models import Attempt, BatchJob, Command, Group
from commands.intent_models import Intent
from commands.plan_models import Approval, Plan, Rules
from commands.states import State

__all__ = ["Approval", "Attempt", "BatchJob", "Command", "Group", "Intent", "Plan", "Rules", "State"]
