"""Label and tags of a SIM: operators and up write them, everybody who sees the SIM reads them.

Seen red: suggestions out of every tag of the enterprise, a tag looked for by its exact spelling.
"""

from typing import Any

import pytest

from enterprise.models import Account
from sims.models import Sim, Tag
from sims.notes import add_tag, visible_tags
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory
from tests.history_factories import write_on

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(sim: Sim, what: str) -> str:
    return f"/sims/{sim.giccid}/{what}/"


def tags_of(sim: Sim) -> list[str]:
    return list(sim.tags.values_list("name", flat=True))


def test_a_label_is_written_found_by_search_and_removed(operator: User, sign_in: SignIn, sim: Sim) -> None:
    browser = sign_in(operator)
    response = browser.post(url(sim, "label"), {"label": "  Pump \n  seven ", "tab": "usage"})
    assert response["Location"] == url(sim, "usage")
    sim.refresh_from_db()
    assert sim.label == "Pump seven"
    assert sim.giccid in browser.get("/sims/?q=ump+sev").content.decode()
    browser.post(url(sim, "label"), {"label": ""})
    sim.refresh_from_db()
    assert sim.label == ""


@pytest.mark.parametrize("label", ["x" * 121, "a\0b"])
def test_a_label_that_cannot_be_is_refused_with_a_reason(
    operator: User, sign_in: SignIn, sim: Sim, label: str
) -> None:
    response = sign_in(operator).post(url(sim, "label"), {"label": label}, headers=HTMX)
    assert response.status_code == 200
    assert 'data-level="error"' in response.content.decode()
    sim.refresh_from_db()
    assert sim.label == ""


def test_a_tag_is_made_when_new_and_put_on_once(operator: User, sign_in: SignIn, sim: Sim) -> None:
    browser = sign_in(operator)
    for name in ("Field test", " field  TEST ", "华东"):
        browser.post(url(sim, "tags/add"), {"name": name})
    assert tags_of(sim) == ["Field test", "华东"]
    assert Tag.objects.filter(enterprise=sim.enterprise).count() == 2


def test_a_tag_taken_off_stays_for_others(operator: User, sign_in: SignIn, sim: Sim) -> None:
    other = SimFactory(account=sim.account)
    for one in (sim, other):
        add_tag(one, "Field test")
    response = sign_in(operator).post(url(sim, "tags/remove"), {"name": "Field test"}, headers=HTMX)
    assert response.status_code == 200
    assert (tags_of(sim), tags_of(other)) == ([], ["Field test"])


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\0b"])
def test_a_tag_that_cannot_be_is_refused(operator: User, sign_in: SignIn, sim: Sim, name: str) -> None:
    for what in ("tags/add", "tags/remove"):
        assert sign_in(operator).post(url(sim, what), {"name": name}).status_code == 302
    assert not Tag.objects.exists()


def test_the_fragment_holds_the_notes_alone(operator: User, sign_in: SignIn, sim: Sim) -> None:
    response = sign_in(operator).post(url(sim, "tags/add"), {"name": "New & old"}, headers=HTMX)
    text = response.content.decode()
    assert text.lstrip().startswith('<div id="notes"')
    assert "New &amp; old" in text


@pytest.mark.parametrize("what", ["label", "tags/add", "tags/remove"])
def test_a_viewer_and_a_stranger_write_nothing(
    what: str, viewer: User, outsider: User, sign_in: SignIn, sim: Sim
) -> None:
    write_on(sim, label="Before", tags=("Before",))
    fields: dict[str, Any] = {"label": "After", "name": "Before" if what == "tags/remove" else "After"}
    assert sign_in(viewer).post(url(sim, what), fields).status_code == 403
    assert sign_in(outsider).post(url(sim, what), fields).status_code == 404
    sim.refresh_from_db()
    assert (sim.label, tags_of(sim)) == ("Before", ["Before"])


def test_a_viewer_reads_them_and_finds_no_form(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    write_on(sim, label="Pump", tags=("Field test",))
    text = sign_in(viewer).get(f"/sims/{sim.giccid}/").content.decode()
    assert "Pump" in text
    assert "/sims/?tag=Field+test" in text
    assert "tags/add" not in text


def test_only_tags_on_sims_one_sees_are_suggested(
    viewer: User, outsider: User, sim: Sim, other_account: Account
) -> None:
    add_tag(sim, "Secret project")
    add_tag(SimFactory(account=other_account), "Ours")
    assert visible_tags(viewer, sim.enterprise) == ["Ours", "Secret project"]
    assert visible_tags(outsider, sim.enterprise) == ["Ours"]
