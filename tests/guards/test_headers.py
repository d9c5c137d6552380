"""Headers of every answer: pages, fragments, redirects, refusals and errors.

Seen red: a directive taken out of CONTENT_SECURITY_POLICY, `private_pages` out of the middleware.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'none'",
}
# What is asked, as whom, and the status that shows we met the case we mean.
ANSWERS = [
    ("GET", "/", "viewer", 200),
    ("GET", "/sims/", "viewer", 200),
    ("GET", "/sims/?fragment", "viewer", 200),
    ("GET", "/enterprise/sync-chip/", "viewer", 200),
    ("GET", "/sims/1/", "viewer", 404),
    ("GET", "/sims/1/refresh/", "operator", 405),
    ("GET", "/enterprise/new/", "viewer", 403),
    ("GET", "/sims", "viewer", 301),
    ("POST", "/enterprise/choose/", "viewer", 404),
    ("POST", "/enterprise/new/", "admin", 422),
    ("GET", "/admin/", "admin", 200),
    ("GET", "/accounts/2fa/", "viewer", 200),
    ("GET", "/broken/", "viewer", 500),
    ("GET", "/no-such-page/", "viewer", 404),
    ("GET", "/", None, 302),
    ("GET", "/no-such-page/", None, 404),
    ("GET", "/accounts/login/", None, 200),
    ("GET", "/admin/", None, 302),
    ("GET", "/healthz", None, 200),
    ("GET", "/readyz", None, 503),
    ("GET", "/metrics", None, 403),
    ("GET", "/broken/", None, 500),
]


def _broken(request):
    raise ZeroDivisionError


@pytest.fixture
def ask(request, enterprise, monkeypatch, settings):
    settings.METRICS_TOKEN = "a-token"

    def ask(method, path, person, **headers):
        browser = Client(raise_request_exception=False)
        if person:
            browser.force_login(
                request.getfixturevalue(person), backend="django.contrib.auth.backends.ModelBackend"
            )
        if path == "/broken/":
            monkeypatch.setattr("smarthub_portal.health._may_read_metrics", _broken)
            path = "/metrics"
        if path.endswith("?fragment"):
            headers |= {"HX-Request": "true"}
        return browser.generic(method, path, headers=headers)

    return ask


@pytest.mark.parametrize(("method", "path", "person", "status"), ANSWERS)
def test_every_answer_carries_the_headers(method, path, person, status, ask):
    response = ask(method, path, person)
    assert response.status_code == status
    policy = {part.strip() for part in response["Content-Security-Policy"].split(";")}
    assert policy == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in response["Content-Security-Policy"]
    if person and status != 301:  # a redirect to the same path with a slash holds nothing
        assert "no-store" in response["Cache-Control"], "a signed-in page must not be stored"


def test_a_refused_host_gets_the_headers_too(ask):
    response = ask("GET", "/", None, Host="evil.example")
    assert response.status_code == 400
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a_refused_csrf_token_gets_the_headers_too(viewer):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")
    response = browser.post("/enterprise/choose/", {"enterprise": "1"})
    assert response.status_code == 403
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


def test_a_page_that_also_comes_as_fragment_tells_caches_so(ask):
    vary = ask("GET", "/sims/", "viewer")["Vary"]
    assert {"HX-Request", "HX-Boosted", "HX-History-Restore-Request", "Cookie"} <= set(vary.split(", "))


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(viewer, client):
    page = client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "viewer", "password": factories.PASSWORD})
    session, csrf = client.cookies["portal_session"], page.cookies["portal_csrf"]
    assert session["httponly"] is True
    assert session["samesite"] == csrf["samesite"] == "Lax"
    assert session["max-age"] == "", "ends with the browser"
    assert set(client.cookies) <= {"portal_session", "portal_csrf", "messages"}


def test_the_deployment_check_is_clean_with_the_variables_of_production():
    """In a process of its own: settings are read once."""
    production = {
        "PORTAL_HTTPS": "1",
        "PORTAL_SECRET_KEY": "k7" * 8 + "Zq-only-for-this-check-0123456789-abcdefghij",
        "PORTAL_ALLOWED_HOSTS": "portal.example",
        "PORTAL_TRUSTED_ORIGINS": "https://portal.example",
    }
    # Tests in Chromium set the last one for their own process, which may be this one.
    surroundings = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    check = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=surroundings | production,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert check.returncode == 0, check.stdout + check.stderr
    assert "no issues" in check.stdout
