"""Every URL x method x person, generated from the URLconf.

Seen red: a route without an entry, a view without its gate, `visible_to` returning everything, a role too many in
`staff.roles`, an account's name in a run's error (the last was a real leak).
"""

from contextlib import nullcontext

import pytest
import rules

from tests.guards import routes
from tests.guards.world import (
    ALLOWED,
    PEOPLE,
    answer_everything,
    found_in,
    may,
    may_see,
    nothing_happens,
    text_of,
    undone,
)

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST")
HTMX = {"HX-Request": "true", "HX-Target": "sims"}


def test_every_route_stands_in_the_table():
    names = {name for name, _pattern in routes.patterns() if not routes.is_admin(name)}
    known = {*routes.OWN, *routes.PUBLIC, *routes.ABOUT_ONESELF}
    missing = sorted(names - known)
    assert not missing, f"add to tests/guards/routes.py, with permission, methods and object: {missing}"
    assert not sorted(known - names), (
        f"gone from the URLconf, so remove from routes.py: {sorted(known - names)}"
    )


@pytest.mark.parametrize("name", routes.OWN)
def test_every_own_view_carries_its_gate(name):
    (pattern,) = [pattern for found, pattern in routes.patterns() if found == name]
    permission = getattr(pattern.callback, "required_permission", None)
    assert permission == routes.OWN[name].needs, "decorate the view with staff.gate.permission"
    assert rules.perm_exists(permission)
    assert getattr(pattern.callback, "login_required", True) is True


def test_only_the_named_public_views_need_no_sign_in():
    public = {name for name, p in routes.patterns() if not getattr(p.callback, "login_required", True)}
    assert public == set(routes.PUBLIC)


def test_the_table_names_every_permission_there_is():
    ours = {
        name
        for name in rules.permissions.permissions
        if name.split(".")[0] in {r.split(".")[0] for r in ALLOWED}
    }
    assert ours == set(ALLOWED) == {route.needs for route in routes.OWN.values()}


def _expected(route: routes.Route, method: str, person: str) -> set[int]:
    """The rules in words: sign in, then the method, then the role, then the object."""
    if person == "anonymous":
        return {302}
    if method not in route.methods:
        return {405}
    if not may(person, route.needs):
        return {403}
    if route.about and not may_see(person, route.about):
        return {404}
    if method == "GET":
        return {302} if route.leads_on else {200, 286}
    return {200, 302}


def _ask(browser, route, name, method, ids, **headers):
    url = routes.url_of(name, ids)
    if method == "GET":
        return browser.get(url, headers=headers)
    return browser.post(url, {key: value.format(**ids) for key, value in route.data.items()}, headers=headers)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", routes.OWN)
def test_a_person_gets_what_their_role_and_accounts_allow(name, method, world, sign_in, smarthub):
    answer_everything(smarthub, world)
    route = routes.OWN[name]
    for person in PEOPLE:
        expected = _expected(route, method, person)
        may_write = method == "POST" and expected == {200, 302}
        with undone():
            browser = sign_in(world.person(person))
            with nullcontext() if may_write else nothing_happens(smarthub):
                response = _ask(browser, route, name, method, world.ids)
        assert response.status_code in expected, person
        if person == "anonymous":
            assert response["Location"].startswith("/accounts/login/?next=/")
        assert found_in(text_of(response), world.hidden_from(person)) == [], person


def test_a_write_is_noticed_even_when_it_changed_nothing_or_was_taken_back(world, smarthub):
    with pytest.raises(AssertionError, match="enterprise_enterprise"), nothing_happens(smarthub):
        world.home.save()
    with pytest.raises(AssertionError, match="sims_sim"), nothing_happens(smarthub), undone():
        world.sim.delete()


@pytest.mark.parametrize("person", ["nobody", "stranger", "outsider", "foreign_operator", "foreign_admin"])
def test_a_fragment_leaks_no_more_than_its_page(person, world, sign_in):
    browser = sign_in(world.person(person))
    for name, route in routes.OWN.items():
        if "GET" in route.methods:
            response = _ask(browser, route, name, "GET", world.ids, **HTMX)
            assert found_in(text_of(response), world.hidden_from(person)) == [], name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sims:list", ["Canary Account", "Canary Plan", "giccid", "imsi", "msisdn"]),
        ("sims:detail", ["Canary Account", "giccid", "imsi", "msisdn", "imei"]),
        ("messages:list", ["Canary Phone", "Canary Heard"]),
        ("messages:list-csv", ["Canary Phone", "Canary Heard"]),
        ("messages:conversation", ["Canary Phone", "Canary Heard", "Canary Said"]),
        ("messages:conversation-csv", ["Canary Phone", "Canary Heard", "Canary Said"]),
        ("sims:tab", ["Canary Phone", "Canary Heard", "Canary Said"]),
        ("notifications:inbox", ["giccid", "Canary Original", "Canary Target"]),
        ("notifications:push", ["giccid", "Canary Original", "Canary Target"]),
        ("notifications:channels", ["Canary Channel"]),
        ("notifications:deliveries", ["Canary Channel", "Canary Message"]),
        ("notifications:delivery", ["Canary Channel", "Canary Message"]),
        ("enterprise:list", ["Canary Home"]),
        ("enterprise:detail", ["Canary Account", "Canary Plan"]),
        ("enterprise:run", ["Changed while it was read: Canary Account", "Canary Reason"]),
        ("enterprise:runs", ["Changed while it was read: Canary Account", "Canary Home"]),
        ("enterprise:rejected", ["Canary Reason", "898699999"]),
        ("overview", ["Canary Account", "Canary Remote GmbH"]),
        ("commands:plan", ["Canary Because", "Canary Error", "giccid"]),
        ("commands:plan-csv", ["Canary Error", "giccid"]),
        ("commands:plans", ["Canary Because"]),
        ("commands:approvals", ["Canary Because"]),
    ],
)
def test_the_canaries_do_stand_on_the_pages_of_those_who_may_see_them(name, words, world, sign_in):
    """The control: without it, an empty page would pass for a safe one."""
    text = text_of(_ask(sign_in(world.person("viewer")), routes.OWN[name], name, "GET", world.ids))
    wanted = [getattr(world.sim, word, word) for word in words]
    assert found_in(text, wanted) == wanted


@pytest.mark.parametrize("person", ["anonymous", "nobody", "stranger"])
@pytest.mark.parametrize("method", METHODS)
def test_pages_without_a_role_show_nothing_of_the_fleet(method, person, world, sign_in, smarthub):
    user = world.person(person)
    for name in routes.without_role():
        browser, url = sign_in(user), routes.url_of(name, world.ids)
        with nothing_happens(smarthub):
            response = browser.get(url) if method == "GET" else browser.post(url, {})
        assert response.status_code < 500 or name == "readyz", name
        if person == "anonymous" and name in routes.ABOUT_ONESELF:
            assert response.status_code == 302, name
            assert response["Location"].startswith("/accounts/login/"), name
        assert found_in(text_of(response), world.home_words + world.account_words) == [], name


def test_an_address_nobody_gave_out_asks_for_a_sign_in_or_is_not_found(client):
    assert client.get("/sims/12345/").status_code == 302
    assert client.get("/no-such-page/").status_code in (302, 404)
