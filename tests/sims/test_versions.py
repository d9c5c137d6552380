"""The raw tab: the payload, its earlier versions, what differs between two, and both as files.

Seen red: a version of another SIM given out by its number.
"""

import json

import pytest

from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory
from tests.history_factories import SimVersionFactory

pytestmark = pytest.mark.django_db


def paths(response: object) -> dict[str, tuple[object, object]]:
    rows = response.context["differences"]  # type: ignore[attr-defined]
    return {row["path"]: (row["before"], row["after"]) for row in rows}


def test_the_present_payload_is_compared_with_the_one_before(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    SimVersionFactory(sim=sim, raw=sim.raw | {"status": "INVENTORY", "po": "4711"})
    response = sign_in(viewer).get(f"/sims/{sim.giccid}/raw/")
    assert paths(response) == {"status": ('"INVENTORY"', '"ACTIVATED"'), "po": ('"4711"', None)}
    text = response.content.decode()
    assert "&quot;INVENTORY&quot;" in text and "not there" in text


def test_any_two_versions_are_compared_in_the_order_of_time(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    first = SimVersionFactory(sim=sim, raw={"a": 1})
    second = SimVersionFactory(sim=sim, raw={"a": 2})
    browser = sign_in(viewer)
    for query in (f"from={first.pk}&to={second.pk}", f"from={second.pk}&to={first.pk}"):
        assert paths(browser.get(f"/sims/{sim.giccid}/raw/?{query}")) == {"a": ("1", "2")}
    assert paths(browser.get(f"/sims/{sim.giccid}/raw/?from=x&to=-1")).get("a") == ("2", None)


def test_counters_of_the_cycle_come_last(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    SimVersionFactory(sim=sim, raw={"currentCycleUsages": {"dataUsage": 1}, "zebra": 1})
    differing = list(paths(sign_in(viewer).get(f"/sims/{sim.giccid}/raw/")))
    assert differing.index("zebra") < differing.index("currentCycleUsages.dataUsage")


def test_a_payload_that_was_never_replaced_has_one_version(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    text = sign_in(viewer).get(f"/sims/{sim.giccid}/raw/").content.decode()
    assert "There is one version so far" in text


def test_both_the_present_payload_and_a_version_are_files(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    version = SimVersionFactory(sim=sim, raw={"名": "值"})
    Sim.objects.update(supplementary=[{"name": "Addon"}])
    browser = sign_in(viewer)
    response = browser.get(f"/sims/{sim.giccid}/raw.json")
    assert json.loads(response.content) == sim.raw | {
        "currentSupplementaryServicePackages": [{"name": "Addon"}]
    }
    assert response["Content-Disposition"].startswith(f'attachment; filename="{sim.giccid}-')
    assert browser.get(f"/sims/{sim.giccid}/raw.json?version={version.pk}").json() == {"名": "值"}


@pytest.mark.parametrize("key", ["x", "-1", "9" * 19, "9" * 400, "٣", "1.5"])
def test_there_is_no_version_of_that_name(viewer: User, sign_in: SignIn, sim: Sim, key: str) -> None:
    assert sign_in(viewer).get(f"/sims/{sim.giccid}/raw.json", {"version": key}).status_code == 404


def test_a_version_of_another_sim_is_not_given_out(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    other = SimVersionFactory(sim=SimFactory(account=sim.account))
    browser = sign_in(viewer)
    assert browser.get(f"/sims/{sim.giccid}/raw.json?version={other.pk}").status_code == 404
    assert paths(browser.get(f"/sims/{sim.giccid}/raw/?from={other.pk}")) == {}
