"""The columns chart: its geometry, and that any figure can be drawn."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from common.charts import columns_chart

SERIES = [{"label": "Sweeps", "tone": "blue"}, {"label": "People", "tone": "green"}]


def chart(*values: Any, **more: Any) -> Any:
    columns = [{"label": f"{n:02}:00", "values": pair} for n, pair in enumerate(values)]
    return columns_chart(SERIES, columns, **more)


def test_columns_stand_on_the_ground_one_on_the_other() -> None:
    drawn = chart((30, 20), (0, 100))
    assert drawn.heights == ["100", "50", "0"]
    first, second = drawn.columns
    assert [(bar.tone, bar.y, bar.height) for bar in first.bars] == [
        ("blue", "70", "30"),
        ("green", "50", "20"),
    ]
    assert [(bar.tone, bar.y, bar.height) for bar in second.bars] == [("green", "0", "100")]
    assert (first.x, first.width, second.x) == ("0.12", "0.76", "1.12")
    assert (first.title, first.total) == ("00:00: Sweeps 30, People 20", "50")
    assert second.title == "01:00: People 100"


@pytest.mark.parametrize(
    ("largest", "top"), [(1, "1"), (3, "5"), (11, "20"), (21, "25"), (4999, "5,000"), (5001, "10,000")]
)
def test_the_axis_ends_at_a_round_figure(largest: int, top: str) -> None:
    assert chart((largest, 0)).heights[0] == top


def test_megabytes_are_round_in_their_own_unit() -> None:
    assert chart((3000, 0), unit="megabytes").heights == ["5 GB", "2.5 GB", "0 B"]


def test_a_limit_is_drawn_only_where_it_fits() -> None:
    assert chart((900, 0), limit=750).limit == "25"
    assert chart((900, 0), limit=5000).limit == ""


@pytest.mark.parametrize("odd", [None, -5, float("nan"), float("inf"), 1e308, "x", 0])
def test_an_odd_figure_takes_no_room(odd: Any) -> None:
    drawn = chart((odd, 5))
    assert [bar.tone for bar in drawn.columns[0].bars] == ["green"]
    assert drawn.heights[0] == "5"


def test_five_ticks_at_most_from_the_first_to_the_last() -> None:
    assert chart(*[(1, 1)] * 72).ticks == ["00:00", "18:00", "36:00", "53:00", "71:00"]
    assert chart(*[(1, 1)] * 3).ticks == ["00:00", "01:00", "02:00"]


def test_without_figures_there_is_an_empty_frame() -> None:
    assert chart().is_empty and chart((0, 0)).is_empty
    assert not chart((1, 0)).is_empty
    assert "<svg" in render_to_string("components/columns_chart.html", {})


def test_the_component_holds_drawing_hover_and_table_and_no_style() -> None:
    columns = [{"label": "<b>", "title": "12:00 & more", "values": [1200, None]}]
    context = {"series": SERIES, "columns": columns, "caption": "Use", "heading": "Hour", "limit": 1000}
    html = render_to_string("components/columns_chart.html", context | {"limit_label": "Limit"})
    assert "<title>12:00 &amp; more: Sweeps 1,200</title>" in html
    assert '<rect class="chart-bar tone-blue" x="0.12" y="40" width="0.76" height="60" />' in html
    assert "Limit: 1,000" in html
    assert '<td class="number" data-label="People">–</td>' in html
    assert "style=" not in html and "<b>" not in html


def test_a_column_may_lead_somewhere_and_nothing_breaks_out_of_it() -> None:
    columns = [{"label": "<i>", "url": '/x/?a=1&b="2', "values": [1, 2]}, {"label": "b", "values": [0, 0]}]
    context = {"series": [{"label": '"<u>', "tone": "blue"}, {"label": "S", "tone": "grey"}]}
    html = render_to_string("components/columns_chart.html", context | {"columns": columns})
    assert html.count('href="/x/?a=1&amp;b=&quot;2"') == 2
    assert html.count("<a ") == 2
    assert not any(tag in html for tag in ("<i>", "<u>"))
    assert "chart-table" not in render_to_string(
        "components/columns_chart.html", context | {"columns": columns, "has_own_table": True}
    )
