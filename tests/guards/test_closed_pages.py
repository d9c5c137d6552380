"""What allauth could do and this portal does not offer: no sign-up, no mail."""

import pytest
from django.core import mail

pytestmark = pytest.mark.django_db
ADDRESSES = [
    "/accounts/signup/",
    "/accounts/email/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/a-key/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-set-password/",
    "/accounts/password/reset/key/done/",
    "/accounts/login/code/confirm/",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_that_is_not_offered_does_not_exist(admin_client, address, method):
    response = getattr(admin_client, method)(
        address, {"email": "somebody@example.test"} if method == "post" else None
    )
    assert response.status_code == 404
    assert mail.outbox == []
