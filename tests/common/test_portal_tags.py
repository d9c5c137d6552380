"""The tags every page is made of."""

from django.template import RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory


def rendered(source: str, path: str = "/", **values: object) -> str:
    context = RequestContext(RequestFactory().get(path), values, processors=[])
    return Template("{% load portal %}" + source).render(context)


def test_an_unknown_status_is_shown_as_it_came_and_escaped() -> None:
    pill = rendered("{% status_pill value %}", value="<b>MIGRATING</b>")
    assert "&lt;b&gt;MIGRATING&lt;/b&gt;" in pill
    assert "tone-violet" in pill


def test_a_retired_sim_is_struck_through() -> None:
    assert "struck" in rendered("{% status_pill 'RETIRED' %}")


def test_a_lifecycle_pill_and_a_command_state_do_not_look_alike() -> None:
    assert 'class="pill ' in rendered("{% status_pill 'ACTIVATED' %}")
    assert 'class="state ' in rendered("{% state_tag 'applied' %}")


def test_usage_over_its_allowance_is_said_in_words_and_never_wider_than_the_bar() -> None:
    bar = rendered("{% usage_bar 2300 1024 %}")
    assert "usage-over" in bar
    assert "over its limit" in bar
    assert 'width="100.0"' in bar


def test_sorting_starts_at_page_one_and_keeps_the_filters() -> None:
    assert (
        rendered("{% query_set 'sort' 'imsi' %}", "/?status=A&status=B&page=7")
        == "?status=A&amp;status=B&amp;sort=imsi"
    )


def test_a_chip_removes_its_own_value_only() -> None:
    assert (
        rendered("{% query_drop 'status' 'A' %}", "/?status=A&status=B&q=8986&page=2")
        == "?q=8986&amp;status=B"
    )


def test_a_chip_that_was_given_no_value_removes_all_of_its_name() -> None:
    assert rendered("{% query_drop 'account' not_given %}", "/?account=A&account=B&q=1") == "?q=1"


def test_helpers_work_inside_an_include_with_only() -> None:
    inputs = "label='Status' text='A' name='status' value='A'"
    chip = "{% include 'components/filter_chip.html' with " + inputs + " only %}"
    assert 'href="?q=1"' in rendered(chip, "/?status=A&q=1")


def test_pages_near_the_ends_and_the_current_one_get_links() -> None:
    source = "{% page_window number last as pages %}{{ pages|safe }}"
    assert rendered(source, number=1, last=1) == "[1]"
    assert rendered(source, number=3, last=40) == "[1, 2, 3, 4, None, 40]"
    assert rendered(source, number=20, last=40) == "[1, None, 19, 20, 21, None, 40]"


def test_the_server_error_page_needs_no_request() -> None:
    assert "Something broke on our side" in render_to_string("500.html")
