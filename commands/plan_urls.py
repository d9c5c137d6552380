"""Addresses below /commands/; included in `commands.urls`."""

from django.urls import path

from commands import approval_views, plan_deed_views, plan_views

urlpatterns = [
    path("plans/", plan_views.plan_list, name="plans"),
    path("plans/<uuid:uid>/", plan_views.plan_detail, name="plan"),
    path("plans/<uuid:uid>/status/", plan_views.plan_status, name="plan-status"),
    path("plans/<uuid:uid>/rows/", plan_views.plan_rows, name="plan-rows"),
    path("plans/<uuid:uid>/plan.csv", plan_views.plan_csv, name="plan-csv"),
    path("plans/<uuid:uid>/submit/", plan_deed_views.plan_submit, name="plan-submit"),
    path("plans/<uuid:uid>/pause/", plan_deed_views.plan_pause, name="plan-pause"),
    path("plans/<uuid:uid>/resume/", plan_deed_views.plan_resume, name="plan-resume"),
    path("plans/<uuid:uid>/cancel/", plan_deed_views.plan_cancel, name="plan-cancel"),
    path("plans/<uuid:uid>/retry/", plan_deed_views.plan_retry, name="plan-retry"),
    path("plans/<uuid:uid>/again/", plan_deed_views.plan_again, name="plan-again"),
    path("plans/<uuid:uid>/approve/", approval_views.plan_approve, name="plan-approve"),
    path("plans/<uuid:uid>/decline/", approval_views.plan_decline, name="plan-decline"),
    path("plans/<uuid:uid>/bypass/", approval_views.plan_bypass, name="plan-bypass"),
    path("approvals/", approval_views.approval_list, name="approvals"),
]
