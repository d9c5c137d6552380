"""How many queries a page costs. The figures change by a visible diff, and never grow with the data.

Seen red: `select_related("account")` taken out of the SIM list, a figure changed by one.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.message_factories import MessageFactory, heard

pytestmark = pytest.mark.django_db
ALL_FILTERS = (
    "?q=8986&status=ACTIVATED&account={account}&package=IoT+100+MB&apn_state=OPEN"
    "&usage=near&expires=3650&sort=-data&page_size=100"
)
# Page: queries of a second visit, as a viewer who sees all, session and role included.
EXPECTED = {
    "/": 23,
    "/sims/": 22,
    "/sims/" + ALL_FILTERS: 23,
    "/sims/{sim}/": 19,
    "/sims/{sim}/timeline/": 24,
    "/sims/{sim}/usage/": 22,
    "/sims/{sim}/usage/?days=400": 22,
    "/sims/{sim}/raw/": 20,
    "/sims/{sim}/raw.json": 4,
    "/sims/{sim}/commands/": 21,
    "/sims/{sim}/messages/": 25,
    "/messages/": 16,
    "/messages/?q=reading": 17,
    "/messages/{sim}/": 24,
    "/sims/protections/": 12,
    "/enterprise/": 12,
    "/enterprise/{home}/": 18,
    "/enterprise/sync/": 15,
    "/enterprise/sync/{run}/": 11,
    "/enterprise/sync/rejected/": 11,
    "/enterprise/sync-chip/": 5,
}


def _fill(*, rows, accounts=1, enterprises=1):
    """`rows` of everything a list shows, spread over the accounts of the first enterprise."""
    homes = factories.EnterpriseFactory.create_batch(enterprises)
    places = factories.AccountFactory.create_batch(accounts, enterprise=homes[0])
    for place in places:
        factories.ServicePackageFactory(account=place, data_quota_mb=10.0)
    sims = [factories.SimFactory(account=places[n % accounts]) for n in range(rows)]
    for sim in sims:
        heard(sim, "A reading")
        MessageFactory(sim=sims[0], author=factories.UserFactory(), state="unknown")
    runs = [
        factories.SyncRunFactory(enterprise=home, requested_by=factories.UserFactory())
        for home in homes
        for _n in range(rows)
    ]
    for run in runs[:rows]:
        factories.RejectedPayloadFactory(enterprise=homes[0], run=runs[0], key=str(run.pk))
    for home in homes[1:]:
        factories.SimFactory(account=factories.AccountFactory(enterprise=home))
    return {"account": places[0].name, "home": homes[0].pk, "sim": sims[0].giccid, "run": runs[0].pk}


def _count(browser, path):
    assert browser.get(path).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    return len(queries)


def _counts(browser, ids):
    return {page: _count(browser, page.format(**ids)) for page in EXPECTED}


def test_every_page_costs_the_recorded_number_of_queries(viewer, sign_in):
    counts = _counts(sign_in(viewer), _fill(rows=5))
    assert counts == EXPECTED, "if this is meant, change the figures here"


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ({"rows": 5}, {"rows": 50}),
        ({"rows": 20, "accounts": 1}, {"rows": 20, "accounts": 20}),
        ({"rows": 5, "enterprises": 1}, {"rows": 5, "enterprises": 5}),
    ],
    ids=["rows", "accounts", "enterprises"],
)
@pytest.mark.parametrize("person", ["viewer", "limited"])
def test_no_page_costs_more_when_there_is_more(small, large, person, viewer, sign_in):
    counts = []
    for amount in (small, large):
        ids = _fill(**amount)
        if person == "limited":
            user = factories.UserFactory(role="operator", accounts=_accounts_of(ids["home"]))
        else:
            user = viewer
        browser = sign_in(user)
        browser.post("/enterprise/choose/", {"enterprise": ids["home"]})
        counts.append(_counts(browser, ids))
    assert counts[0] == counts[1]


def _accounts_of(enterprise_id):
    return list(factories.Account.objects.filter(enterprise_id=enterprise_id))
