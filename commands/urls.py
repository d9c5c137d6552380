"""Everything below /commands/: orders, plans, approvals, rules. /jobs/ has `commands.job_urls`."""

from commands import command_urls, plan_urls, rule_urls

app_name = "commands"
urlpatterns = [*command_urls.urlpatterns, *plan_urls.urlpatterns, *rule_urls.urlpatterns]
