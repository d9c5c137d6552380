"""Sealed secrets: a wrong key, another row or a changed byte is an error, never an empty or garbled secret."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from allauth.mfa.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured

from common.sealing import SealError, seal, unseal
from enterprise.models import Enterprise
from tests import factories

OLD, NEW = (urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2))
PLACE = "enterprise_enterprise.api_key.1"


@pytest.fixture(autouse=True)
def _ring(settings):
    settings.FIELD_KEYS = [OLD]


@pytest.mark.parametrize("plain", ["key", "", "密钥 🔑", "x" * 5000, "a:b:c"])
def test_what_was_sealed_opens(plain):
    assert unseal(seal(plain, PLACE), PLACE) == plain


def test_sealing_twice_gives_two_texts_and_hides_the_plain_one():
    first, second = seal("the-plain-key", PLACE), seal("the-plain-key", PLACE)
    assert first != second
    assert "the-plain-key" not in first
    assert b"the-plain-key" not in urlsafe_b64decode(first.split(":")[2])


def test_a_wrong_key_is_an_error(settings):
    sealed = seal("key", PLACE)
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(SealError, match="not in PORTAL_FIELD_KEYS") as problem:
        unseal(sealed, PLACE)
    assert OLD not in str(problem.value)
    assert NEW not in str(problem.value)


@pytest.mark.parametrize("place", ["enterprise_enterprise.api_key.2", "enterprise_enterprise.push_key.1", ""])
def test_copied_to_another_place_it_does_not_open(place):
    with pytest.raises(SealError, match="does not belong"):
        unseal(seal("key", PLACE), place)


def test_every_changed_byte_is_an_error():
    version, key_id, body = seal("key", PLACE).split(":")
    data = urlsafe_b64decode(body)
    for index in range(len(data)):
        changed = bytearray(data)
        changed[index] ^= 1
        with pytest.raises(SealError):
            unseal(f"{version}:{key_id}:{urlsafe_b64encode(changed).decode()}", PLACE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a:b",
        "v1:a:b:c",
        "v2:{id}:AAAA",
        "v1:{id}:",
        "v1:{id}:AAAA",
        "v1:{id}:A",
        "v1:{id}:é",
        "::",
    ],
)
def test_a_text_that_was_never_sealed_is_an_error(text):
    key_id = seal("key", PLACE).split(":")[1]
    with pytest.raises(SealError):
        unseal(text.format(id=key_id), PLACE)


def test_a_new_key_seals_while_the_old_one_still_opens(settings):
    old = seal("key", PLACE)
    settings.FIELD_KEYS = [NEW, OLD]
    new = seal("key", PLACE)
    assert unseal(old, PLACE) == unseal(new, PLACE) == "key"
    settings.FIELD_KEYS = [NEW]
    assert unseal(new, PLACE) == "key"
    with pytest.raises(SealError):
        unseal(old, PLACE)


@pytest.mark.parametrize("keys", [[], ["c2hvcnQ="]], ids=["none", "too short"])
def test_an_unusable_ring_is_an_error_that_names_the_variable(keys, settings):
    settings.FIELD_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="PORTAL_FIELD_KEYS"):
        seal("key", PLACE)


@pytest.mark.django_db
def test_a_key_moved_to_another_enterprise_by_hand_does_not_open():
    one, other = factories.EnterpriseFactory(api_key="one"), factories.EnterpriseFactory(api_key="other")
    Enterprise.objects.filter(pk=other.pk).update(api_key_sealed=one.api_key_sealed)
    other.refresh_from_db()
    with pytest.raises(SealError):
        other.reveal("api_key")


@pytest.mark.django_db
def test_a_push_key_is_no_api_key():
    enterprise = factories.EnterpriseFactory(push_key="push")
    enterprise.api_key_sealed = enterprise.push_key_sealed
    with pytest.raises(SealError):
        enterprise.reveal("api_key")


def test_second_factors_are_sealed():
    adapter = get_adapter()
    sealed = adapter.encrypt("TOTPSECRET")
    assert "TOTPSECRET" not in sealed
    assert adapter.decrypt(sealed) == "TOTPSECRET"
