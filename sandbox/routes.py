"""Every operation in one table: name (ledger, faults, OpenAPI operationId), method, path, view.

The order matters: a literal path stands before the placeholder that would swallow it, `/{accountName}` last.
"""

from .gate import Route
from .views import change_logs, enterprise, jobs, sims, sms

_SIM = "/global-sims/{giccid}"

ROUTES = (
    Route("root", "GET", "", enterprise.root),
    Route("sim_list", "GET", "/global-sims", sims.sim_list),
    Route("change_logs", "GET", "/global-sims/changeLogs", change_logs.change_logs),
    Route("country_statistics", "GET", "/global-sims/statistics/country-code", enterprise.country_statistics),
    Route("sim_detail", "GET", _SIM, sims.sim_detail),
    Route("custom_fields_read", "GET", f"{_SIM}/custom-field", sims.custom_fields_read),
    Route("custom_fields_edit", "PUT", f"{_SIM}/custom-field", sims.custom_fields_edit),
    Route("activate", "POST", f"{_SIM}/activate", sims.activate),
    Route("suspend", "POST", f"{_SIM}/deactivate", sims.suspend),
    Route("retire", "POST", f"{_SIM}/retire", sims.retire),
    Route("supplementary_plan", "POST", f"{_SIM}/supplementaryServicePackages", sims.supplementary_plan),
    Route("basic_plan", "PUT", f"{_SIM}/basicServicePackage", sims.basic_plan),
    Route("apn_status", "PUT", f"{_SIM}/apn-status", sims.apn_status),
    Route("batch_activate", "POST", "/batchJobs/global-sims/activate", jobs.batch_activate),
    Route("batch_suspend", "POST", "/batchJobs/global-sims/deactivate", jobs.batch_suspend),
    Route("batch_retire", "POST", "/batchJobs/global-sims/retire", jobs.batch_retire),
    Route("batch_basic_plan", "POST", "/batchJobs/global-sims/basicServicePackage", jobs.batch_basic_plan),
    Route("batch_job", "GET", "/batchJobs/{jobId}", jobs.batch_job),
    Route("send_sms", "POST", "/mt-sms", sms.send_sms),
    Route("query_sms", "GET", "/mt-sms/{smsMsgId}", sms.query_sms),
    Route("share_pools", "GET", "/share-pools", enterprise.share_pools),
    Route("enterprise", "GET", "/enterprise", enterprise.enterprise),
    Route("account", "GET", "/account/{name}", enterprise.account),
    Route("service_packages", "GET", "/{accountName}/servicePackages", enterprise.service_packages),
)
OPERATIONS = {route.name for route in ROUTES}
