"""Facts about measured registration times and their chart."""

import base64
import re
import xml.etree.ElementTree as ElementTree

import pytest

from confirmlab.base.errors import KitError
from confirmlab.notebook.timing_chart import Timings
from confirmlab.notebook.views.registry import as_html, as_text

BEFORE = {0: 0.2, 0.5: 1.7, 0.25: 0.95}
AFTER = {0: 0.25, 0.25: 0.2, 0.5: 0.6}


def drawing(timings):
    data = re.search(r"data:image/svg\+xml;base64,([^\"]+)", as_html(timings))[1]
    return ElementTree.fromstring(base64.b64decode(data))


def test_rows_are_in_order():
    """The rows are in the order of the delays."""
    assert Timings(before=BEFORE).rows() == [(0, [0.2]), (0.25, [0.95]), (0.5, [1.7])]


def test_words_hold_no_figures():
    """A curve is "slow" where it waits for several mails, at any pace of the machine."""
    timings = Timings(before=BEFORE, after=AFTER)

    said = [words for _, words in timings.words()]
    assert said == [["fast", "fast"], ["slow", "fast"], ["slow", "fast"]]


def test_a_busy_machine_is_not_called_slow():
    """A page that takes a second with and without a delay is not called slow."""
    timings = Timings(before={0: 1.1, 0.4: 2.3}, after={0: 1.0, 0.4: 1.3})

    assert timings.words()[1] == (0.4, ["slow", "fast"])


def test_plain_form_is_stable():
    """The text form has delays and words, but no measured times."""
    first = as_text(Timings(before=BEFORE, after=AFTER))

    assert first == as_text(Timings(before={k: v + 0.1 for k, v in BEFORE.items()}, after=AFTER))
    assert first.splitlines()[-1].split() == ["0.5", "s", "slow", "fast"]


def test_a_curve_may_have_gaps():
    """A delay that one curve lacks is shown as a dash."""
    timings = Timings(before={0: 0.2, 1: 3.2}, after={0: 0.2})

    assert timings.words()[1] == (1, ["slow", "-"])
    assert ">-<" in as_html(timings)


def test_both_curves_are_on_one_plot():
    """The chart has a line and a name for each curve, inside its edges."""
    drawn = drawing(Timings(before=BEFORE, after=AFTER))
    lines = [tag for tag in drawn.iter() if tag.tag.endswith("polyline")]
    dots = [tag for tag in drawn.iter() if tag.tag.endswith("circle")]
    texts = [tag.text for tag in drawn.iter() if tag.tag.endswith("text")]

    assert (len(lines), len(dots)) == (2, 6)
    assert {"before", "after"} < set(texts)
    assert all(0 < float(d.get("cx")) < 660 and 0 < float(d.get("cy")) < 300 for d in dots)


def test_the_plot_has_words():
    """The picture has the text form as its alternative text."""
    alt = re.search(r'<img [^>]*alt="([^"]*)"', as_html(Timings(before=BEFORE)))[1]

    assert "0.25 s" in alt and "slow" in alt


def test_one_point_is_a_plot():
    """A single measurement is drawn, too."""
    assert drawing(Timings(before={0: 0.0})) is not None


@pytest.mark.parametrize("curves", [{}, {"before": {}}, {"before": [1, 2]}, {"before": {"a": 1}}])
def test_no_curve_is_refused(curves):
    """The error for an argument that is not a curve shows an example of one."""
    with pytest.raises(KitError, match="such as"):
        Timings(**curves)


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e300, 10**400, -1])
@pytest.mark.parametrize("place", ["delay", "seconds"])
def test_a_number_that_is_no_time_is_refused(number, place):
    """The error for infinity, nan, or a huge or negative number comes before a chart is drawn."""
    curve = {number: 0.2} if place == "delay" else {0: number}

    with pytest.raises(KitError, match="each from 0 to 1,000,000"):
        Timings(before=curve)


def test_names_of_like_curves_stand_apart():
    """The names of curves that end in the same place do not overlap."""
    curve = {0: 0.1, 0.8: 2.4}
    plot = Timings(before=curve, after=curve, later=curve).plot()
    labels = [one["label"] for one in plot["curves"]]

    assert all(low + 15 <= high for low, high in zip(labels, labels[1:], strict=False))
