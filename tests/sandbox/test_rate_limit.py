import time

from tests.sandbox.caller import Caller, wait_until

NAMES = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def _limits(api: Caller, path: str = "/enterprise") -> tuple[int, int, int, int]:
    answer = api.get(path)
    return (answer.status_code, *(int(answer.headers[name]) for name in NAMES))


def test_every_answer_counts_down_even_errors(api: Caller) -> None:
    api.sandbox.settings(rate_limit=10, window_s=3600)
    assert [_limits(api, path) for path in ("/enterprise", "/nope", "/global-sims/1")] == [
        (200, 10, 9, 3600),
        (404, 10, 8, 3600),
        (422, 10, 7, 3600),
    ]


def test_above_the_limit_is_429_without_effect_until_the_window_ends(api: Caller) -> None:
    giccid = api.one("INVENTORY")
    api.sandbox.settings(rate_limit=2, window_s=0.4)
    assert [_limits(api)[0] for _ in range(3)] == [200, 200, 429]
    refused = api.post(f"/global-sims/{giccid}/activate")
    assert refused.status_code == 429
    assert refused.json() == {"type": "about:blank", "title": "API rate limit exceeded", "status": 429}
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert api.sandbox.ledger() == []
    wait_until(lambda: api.get("/enterprise").status_code == 200, 2)


def test_the_reset_is_seconds_or_an_epoch(api: Caller) -> None:
    api.sandbox.settings(window_s=100)
    assert 99 <= _limits(api)[3] <= 100
    api.sandbox.settings(reset_style="epoch")
    assert abs(_limits(api)[3] - (time.time() + 100)) < 5


def test_a_limit_of_zero_refuses_everything(api: Caller) -> None:
    api.sandbox.settings(rate_limit=0)
    assert _limits(api)[:3] == (429, 0, 0)


def test_control_is_not_limited(api: Caller) -> None:
    api.sandbox.settings(rate_limit=0)
    assert len(api.sandbox.fleet()) == 300
