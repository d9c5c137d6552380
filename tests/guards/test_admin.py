"""Django's admin: for administrators only, and without a secret on any page.

Seen red: second factors and session keys on pages of the admin (allauth registers its models after our module ran).
"""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin as admin_site
from django.contrib.admin.models import LogEntry
from django.urls import NoReverseMatch, reverse

from staff.models import User
from tests import factories
from tests.guards import routes
from tests.guards.world import found_in, nothing_happens, text_of

pytestmark = pytest.mark.django_db
ROUTES = sorted(
    {name for name, _pattern in routes.patterns() if routes.is_admin(name) and not name.endswith("?")}
)
TOTP_SECRET = "CANARYTOTPSECRETJBSWY3DPEHPK3PXP"
MODELS = sorted(model._meta.label for model in admin_site.site._registry)


def _url(name, pk="1"):
    for args in ([], [pk], ["1", pk], ["staff"]):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no address for {name}")


# Where a redirect or a script of words gives nothing away.
OPEN_TO_ALL = {"admin:logout", "admin:jsi18n"}


@pytest.mark.parametrize(
    "person", ["anonymous", "nobody", "viewer", "operator", "approver", "stranger", "foreign_admin"]
)
def test_only_an_administrator_enters(person, world, sign_in, smarthub):
    browser = sign_in(world.person(person))
    with nothing_happens(smarthub):
        for name in sorted(ROUTES, key="admin:logout".__eq__):  # signing out comes last
            for ask in (browser.get, browser.post):
                response = ask(_url(name, str(world.home.pk)))
                assert response.status_code in (302, 403, 404) or name in OPEN_TO_ALL, (
                    f"{person} entered {name}"
                )
                assert found_in(text_of(response), world.home_words + world.account_words) == [], name


def test_a_signed_in_person_without_the_right_is_refused_and_not_asked_in_a_circle(viewer, sign_in):
    response = sign_in(viewer).get("/admin/", follow=True)
    assert response.status_code == 403


@pytest.fixture
def secrets(world, admin, client):
    """Everything the admin must not show, as it stands in the database."""
    TOTP.activate(admin, TOTP_SECRET)
    client.force_login(admin)
    client.get("/")
    data = Authenticator.objects.get(user=admin).data
    session = UserSession.objects.filter(user=admin).values_list("session_key", flat=True)
    _algorithm, _rounds, salt, digest = admin.password.split("$")
    keys = [client.session.session_key, *session]
    return {
        "API key": [factories.API_KEY, world.home.api_key_sealed],
        "push key": [factories.PUSH_KEY, world.home.push_key_sealed],
        "password": [factories.PASSWORD, salt, digest, digest[:6], salt[:6]],
        "session": keys,
        "second factor": [TOTP_SECRET, data["secret"]],
        "portal's own": [settings.SECRET_KEY, *settings.FIELD_KEYS],
    }


def _without_own_cookie(response):
    response.cookies.clear()
    return text_of(response)


@pytest.mark.parametrize("label", MODELS)
def test_no_page_of_the_admin_shows_a_secret(label, secrets, world, client):
    model = next(model for model in admin_site.site._registry if model._meta.label == label)
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    pk = str(model.objects.first().pk) if model.objects.exists() else "1"
    pages = [reverse(f"{base}_{page}") for page in ("changelist", "add")]
    pages += [reverse(f"{base}_{page}", args=[pk]) for page in ("change", "history", "delete")]
    if model is User:
        pages.append(reverse("admin:auth_user_password_change", args=[pk]))
    answered = 0
    for page in pages:
        response = client.get(page)
        answered += response.status_code == 200
        text = _without_own_cookie(response)
        assert {name: page for name, words in secrets.items() if found_in(text, words)} == {}
    assert answered, "no page answered, so nothing was looked at"


def test_second_factors_and_sessions_are_not_in_the_admin():
    assert not admin_site.site.is_registered(Authenticator)
    assert not admin_site.site.is_registered(UserSession)


def test_an_administrator_sets_a_password_from_the_page_of_a_person(admin, viewer, client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    client.force_login(admin)
    link = reverse("admin:auth_user_password_change", args=[viewer.pk])
    assert f'href="{link}"' in text_of(client.get(reverse("admin:staff_user_change", args=[viewer.pk])))
    new = "another-long-password"
    response = client.post(link, {"usable_password": "true", "password1": new, "password2": new})
    assert response.status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password(new)
    assert new not in repr(list(LogEntry.objects.values()))


def test_saving_a_person_in_the_admin_keeps_the_password(admin, viewer, client):
    client.force_login(admin)
    url = reverse("admin:staff_user_change", args=[viewer.pk])
    response = client.post(url, {"username": "viewer", "email": "v@example.test", "is_active": "on"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    viewer.refresh_from_db()
    assert viewer.email == "v@example.test"
    assert viewer.check_password(factories.PASSWORD)


def test_the_admin_cannot_send_a_stored_key_elsewhere(admin, enterprise, client):
    """The base URL is read-only there: the portal's form asks for the key again."""
    client.force_login(admin)
    before = enterprise.base_url
    url = reverse("admin:enterprise_enterprise_change", args=[enterprise.pk])
    numbers = {"sweep_minutes": "15", "delta_minutes": "2", "people_share": "25", "history_days": "400"}
    client.post(url, {"name": "Renamed", "base_url": "https://evil.example/v1"} | numbers)
    enterprise.refresh_from_db()
    assert (enterprise.name, enterprise.base_url) == ("Renamed", before)
