"""The door for pushes: what is taken, what is refused and how, and that nothing is believed for its signature alone.

Aims at: the signature not checked, the window left out, the previous key left out, the body limit left out, the
digest over the whole body, `retired_at` not looked at, the list of senders not looked at.
"""

import json
import time
from ipaddress import ip_network

import pytest
import time_machine
from django.utils import timezone

from notifications import addresses
from notifications.kinds import KINDS
from notifications.models import Push, PushAddress, Refusal
from notifications.reception import MOST_BYTES
from tests.factories import EnterpriseFactory, UserFactory
from tests.notifications.sender import CREATED, address_of, path_of, post, push, signed

pytestmark = pytest.mark.django_db
VECTOR_KEY, VECTOR_SECOND = "UzE4MDkxNDA2MTE1M", 1725499848
VECTOR = "58210277eeea982589a3f2c5711ce5ac23a866298d77fcb5c30bb1e0aa9c345f"


def refusals():
    return {(row.kind, row.reason): row.times for row in Refusal.objects.all()}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_stored_byte_for_byte_and_answered_with_an_empty_object(kind, enterprise):
    body = json.dumps(signed({"giccid": "1", "ünknown": {"a": [1]}}), ensure_ascii=False, indent=1).encode()
    response = post(path_of(enterprise, kind), body)
    assert (response.status_code, response.content) == (200, b"{}")
    stored = Push.objects.get()
    assert (stored.enterprise, stored.kind, bytes(stored.body)) == (enterprise, kind, body)
    assert (stored.state, stored.attempts, stored.times) == ("new", 0, 1)


def test_the_documented_signature_is_accepted():
    enterprise = EnterpriseFactory(push_key=VECTOR_KEY)
    with time_machine.travel(VECTOR_SECOND, tick=False):
        body = {"giccid": "1", "signature": VECTOR, "datePush": VECTOR_SECOND}
        assert post(path_of(enterprise), body).status_code == 200
        assert Push.objects.get().date_push.timestamp() == VECTOR_SECOND


@pytest.mark.parametrize(
    "form",
    [1725499848, 1725499848.0, "1725499848", 1725499848123, "1725499848123", "2024-09-05T01:30:48+0000"],
)
def test_the_date_may_come_in_every_form(form):
    enterprise = EnterpriseFactory(push_key=VECTOR_KEY)
    with time_machine.travel(VECTOR_SECOND, tick=False):
        body = {"signature": VECTOR, "datePush": form}
        assert post(path_of(enterprise), body).status_code == 200


@pytest.mark.parametrize(("age", "status"), [(300, 200), (301, 403), (-60, 200), (-61, 403)])
def test_a_push_is_fresh_for_five_minutes_and_may_be_a_minute_ahead(age, status, enterprise):
    with time_machine.travel(VECTOR_SECOND, tick=False):
        assert post(path_of(enterprise), signed({}, at=VECTOR_SECOND - age)).status_code == status
        assert Push.objects.count() == (status == 200)
        wanted = {} if status == 200 else {("sim-status", "stale" if age > 0 else "early"): 1}
        assert refusals() == wanted


def test_the_former_push_key_is_good_until_the_next_change(enterprise):
    path = path_of(enterprise)
    for key in ("second", "third"):
        enterprise.set_secret("push_key", key)
        enterprise.set_secret("push_key", key)  # saved again, nothing changes
        enterprise.save()
    keys = [enterprise.reveal("push_key"), enterprise.reveal("push_key_previous")]
    assert keys == ["third", "second"]
    sent = [post(path, signed({"n": key}, key=key)).status_code for key in (*keys, "push-key-only-for-tests")]
    assert sent == [200, 200, 403]


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"signature": "0" * 64}, 403, "bad_signature"),
        ({"signature": None}, 403, "bad_signature"),
        ({"signature": ["a"]}, 403, "bad_signature"),
        ({"datePush": True}, 400, "bad_date"),
        ({"datePush": "yesterday"}, 400, "bad_date"),
        ({"datePush": 10**30}, 400, "bad_date"),
    ],
)
def test_a_wrong_signature_or_date_is_refused_and_counted(change, status, reason, enterprise):
    for _twice in range(2):
        response = post(path_of(enterprise), signed({"giccid": "1"}) | change)
        assert (response.status_code, response.content) == (status, b"{}")
    assert not Push.objects.exists()
    assert refusals() == {("sim-status", reason): 2}
    assert Refusal.objects.get().enterprise == enterprise


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        b'{"a":' * 101 + b"1" + b"}" * 101,
    ],
)
def test_what_is_no_json_object_is_refused(body, enterprise):
    assert post(path_of(enterprise), body).status_code == 400
    assert refusals() == {("sim-status", "not_json"): 1}


def test_a_body_may_have_256_kib_and_not_a_byte_more(enterprise):
    frame = json.dumps(signed({"filler": ""})).encode()
    for size, status in ((MOST_BYTES, 200), (MOST_BYTES + 1, 413)):
        body = frame.replace(b'"filler": ""', b'"filler": "' + b"x" * (size - len(frame)) + b'"')
        assert len(body) == size
        assert post(path_of(enterprise), body).status_code == status
    assert Push.objects.count() == 1
    assert refusals() == {("sim-status", "too_large"): 1}


def test_an_unknown_address_and_an_unknown_kind_are_the_same_404(enterprise):
    path = path_of(enterprise)
    strange = [path + "x", path.replace("/sim-status", "/apn-status"), "/push/nonsense/sim-status", path[:-1]]
    answers = {(a.status_code, a.content) for a in (post(url, signed({})) for url in strange)}
    assert answers == {(404, b"{}")}
    assert not Push.objects.exists()
    assert {(row.enterprise, row.reason) for row in Refusal.objects.all()} == {(None, "unknown")}
    assert {row.kind for row in Refusal.objects.all()} == {"", "sim-status", "apn-status"}


def test_only_post_is_answered(client, enterprise):
    assert client.get(path_of(enterprise)).status_code == 405
    assert client.put(path_of(enterprise)).status_code == 405


def test_without_a_push_key_nothing_is_taken():
    enterprise = EnterpriseFactory(push_key="")
    assert post(path_of(enterprise), signed({}, key="")).status_code == 403
    assert refusals() == {("sim-status", "no_key"): 1}


# --- once


def test_the_same_push_again_is_the_same_row_counted(enterprise):
    first = {"giccid": "1", "target": "RETIRED", "deep": {"b": 1, "a": 2}, "createdTime": CREATED}
    again = {"createdTime": CREATED, "target": "RETIRED", "deep": {"a": 2, "b": 1}, "giccid": "1"}
    now = time.time()
    for body, at in ((first, now - 10), (again, now), (first, now - 5)):
        assert post(path_of(enterprise), signed(body, at=at)).status_code == 200
    stored = Push.objects.get()
    assert stored.times == 3
    assert json.loads(bytes(stored.body))["datePush"] == int(now - 10)


def test_two_honest_pushes_of_one_second_carry_the_same_signature_and_are_both_taken(enterprise):
    bodies = [signed({"giccid": giccid}, at=time.time()) for giccid in ("1", "2")]
    assert bodies[0]["signature"] == bodies[1]["signature"]
    assert [post(path_of(enterprise), body).status_code for body in bodies] == [200, 200]
    assert Push.objects.count() == 2


def test_the_same_body_of_another_kind_or_enterprise_is_another_push(enterprise, foreign_enterprise):
    body = signed({"giccid": "1"})
    for path in (path_of(enterprise), path_of(enterprise, "no-session"), path_of(foreign_enterprise)):
        assert post(path, body).status_code == 200
    assert Push.objects.count() == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"n": 12345678901234567890123}', b'{"n": 12345678901234567890124}'),
        (b'{"n": %d}' % 10**41, b'{"n": %d}' % (10**41 + 1)),
        (b'{"n": "a\\u0000"}', b'{"n": "a"}'),
        (b'{"n": "\\ud800"}', b'{"n": "\\udfff"}'),
        (b'{"n": 1}', b'{"n": "1"}'),
        (b'{"n": null}', b"{}"),
    ],
)
def test_what_differs_at_all_is_another_push(one, other, enterprise):
    tail = json.dumps(signed({}))[1:].encode()
    for body in (one, other):
        joined = (body[:-1] + (b"," if len(body) > 2 else b"")) + tail
        assert post(path_of(enterprise), joined).status_code == 200
    assert Push.objects.count() == 2


# --- addresses


def test_a_rotated_address_stays_good_beside_the_new_one_and_ends_with_the_next(enterprise):
    person = UserFactory(role="admin")
    paths = [path_of(enterprise)]
    for _rotation in range(2):
        addresses.rotate(address_of(enterprise), person)
        paths.append(path_of(enterprise))
    assert len(set(paths)) == 3
    assert [post(path, signed({"n": path})).status_code for path in paths] == [404, 200, 200]
    addresses.retire(PushAddress.objects.filter(kind="sim-status", retired_at=None).last(), person)
    assert [post(path, signed({"n": path})).status_code for path in paths] == [404, 404, 200]


def test_the_newest_address_can_not_be_ended(enterprise):
    addresses.retire(address_of(enterprise), UserFactory(role="admin"))
    assert push(enterprise).status_code == 200


def test_an_address_is_kept_sealed_and_found_by_its_hash(enterprise):
    address = address_of(enterprise)
    token = address.reveal()
    assert len(token) >= 43  # 256 bits in base64
    assert token not in (address.token_sealed, address.token_hash)
    assert address.token_hash == PushAddress.hash_of(token)


def test_when_it_was_last_used_is_written_once_a_minute(enterprise):
    moment = timezone.now().replace(microsecond=0)
    for seconds, wanted in ((0, 0), (59, 0), (60, 60)):
        with time_machine.travel(moment + timezone.timedelta(seconds=seconds), tick=False):
            push(enterprise, n=seconds)
        assert (address_of(enterprise).last_received_at - moment).total_seconds() == wanted


# --- senders


@pytest.mark.parametrize(
    ("is_behind_proxy", "peer", "forwarded", "status"),
    [
        (False, "192.0.2.7", None, 200),
        (False, "::ffff:192.0.2.7", None, 200),
        (False, "2001:db8::1", None, 200),
        (False, "198.51.100.1", None, 403),
        (False, "198.51.100.1", "192.0.2.7", 403),  # anybody may write that header
        (True, "127.0.0.1", "10.0.0.1, 192.0.2.7", 200),
        (True, "127.0.0.1", "192.0.2.7, 198.51.100.1", 403),
        (True, "192.0.2.7", "nonsense", 403),
    ],
)
def test_only_listed_senders_are_heard(
    is_behind_proxy, peer, forwarded, status, enterprise, settings, client
):
    settings.PUSH_ALLOW = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]
    settings.IS_BEHIND_PROXY = is_behind_proxy
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    body = json.dumps(signed({}))
    path = path_of(enterprise)
    response = client.post(path, body, content_type="application/json", headers=headers, REMOTE_ADDR=peer)
    assert response.status_code == status
    assert refusals() == ({} if status == 200 else {("sim-status", "sender"): 1})
