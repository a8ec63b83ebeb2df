"""Fills in other people's style earn what a fair instructor would give them."""

import textwrap

import condition_fills
import core_fills
import gate_fills
import graded
import hardened_fills
import member_fills
import pytest
import slip_fills
import template_fills
import view_fills

from confirmlab.course import lessons, solutions

PARTS = (
    condition_fills,
    core_fills,
    gate_fills,
    hardened_fills,
    member_fills,
    slip_fills,
    template_fills,
    view_fills,
)
FILLS = [fill for part in PARTS for fill in part.FILLS]
NAMES = [f"{exercise}, {name}" for exercise, name, *_ in FILLS]


@pytest.fixture(scope="module")
def shares(tmp_path_factory):
    """Judge each fill in the finished app, or in the hardened one."""
    apps = {}
    for name, (exercise_id, *_, text) in zip(NAMES, FILLS, strict=True):
        exercise = lessons.load().exercise(exercise_id)
        is_core = exercise.lesson <= lessons.load().finished and isinstance(text, str)
        around = solutions.finished() if is_core else solutions.fills()
        texts = {exercise_id: text} if isinstance(text, str) else text
        fills = {blank: textwrap.dedent(own).strip("\n") for blank, own in texts.items()}
        apps[name] = around | fills, [exercise]
    results = graded.results(tmp_path_factory.mktemp("apps"), apps)
    return {name: next(iter(by_id.values())) for name, by_id in results.items()}


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [(name, *fill[2:4]) for name, fill in zip(NAMES, FILLS, strict=True)],
    ids=NAMES,
)
def test_a_style_costs_nothing(shares, name, lowest, highest):
    """A fill earns a share within the bounds in its row, whatever its style."""
    result = shares[name]

    assert lowest <= result.score <= highest, result.first_failure
