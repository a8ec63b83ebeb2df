"""Facts about style sheets and the declarations that hold for an element."""

import pytest

from confirmlab.site.pages.declarations import style_of
from confirmlab.site.pages.html_text import parse_html
from confirmlab.site.pages.media_queries import applies
from confirmlab.site.pages.style_sheets import inline_styles


def colour(sheet, html="<p><a id=go class='x y'>Go</a></p>", tag="a"):
    page = parse_html(f"<style>{sheet}</style>{html}")
    inline_styles(page)
    return style_of(page.find(tag)).get("color")


@pytest.mark.parametrize(
    "sheet",
    [
        "a { color: red } a { color: navy }",
        ".x { color: navy } a { color: red }",
        ".x { color: red } a.x { color: navy } .y { color: red }",
        "#go { color: navy } .x.y { color: red } p a { color: red }",
        "a[id] { color: navy } p > a { color: red }",
        "a, b { color: navy } a:hover { color: red }",
        "a { color: navy !important } #go { color: red }",
        "a { color: red; color: navy }",
        "a { color: navy ! important; color: red }",
    ],
)
def test_which_rule_wins(sheet):
    """An important rule wins, then the most specific selector, then the last rule."""
    assert colour(sheet) == "navy"


def test_an_elements_own_style_wins():
    """The style attribute of an element wins, except over an important rule."""
    own = "<a style='color:navy'>Go</a>"

    assert colour("a { color: red }", own) == "navy"
    assert colour("a { color: red !important }", own) == "red"


@pytest.mark.parametrize(
    "sheet",
    [
        "/* a { color: red } */ a { color: navy }",
        '@charset "utf-8"; @import url("x.css"); a { color: navy }',
        "<!-- a { color: navy } -->",
        "a { color: navy } @media print { a { color: red } }",
        "@media screen { @media all { a { color: navy } } }",
        "@supports (display: grid) { a { color: navy } }",
        "p { color: red; a { color: navy } }",
        "a { &.x { color: navy } color: red }",
        "a { color: navy } ? { color: red } @font-face { color: red }",
        "a { color: navy } p, b { i { color: red } }",
    ],
)
def test_what_a_sheet_holds(sheet):
    """Comments, nested blocks and unknown selectors are parsed as in a browser."""
    assert colour(sheet) == "navy"


def test_a_sheet_for_paper():
    """A sheet whose attribute `media` is print changes nothing."""
    page = parse_html("<style media=print>a { color: red }</style><a>Go</a>")
    inline_styles(page)

    assert style_of(page.a) == {}


@pytest.mark.parametrize(
    ("media", "holds"),
    [
        ("", True),
        ("all", True),
        ("only screen and (min-width: 600px)", True),
        ("print, screen", True),
        ("not print", True),
        ("(max-width: 2000px)", True),
        ("(prefers-color-scheme: light)", True),
        ("(prefers-reduced-motion: no-preference)", True),
        ("(max-width: 37.5em)", False),
        ("(min-width: 1600px)", False),
        ("screen and (width < 600px)", False),
        ("(max-height:400px)", False),
        ("(600px >= width)", False),
        ("(1200px < width)", False),
        ("(1200px > width)", True),
        ("(min-width:1.2.3px)", True),
        ("(scripting: none)", False),
        ("print", False),
        ("not all", False),
        ("not screen and (min-width: 600px)", False),
        ("(Prefers-Color-Scheme : Dark)", False),
        ("(prefers-reduced-motion)", False),
        ("(prefers-reduced-motion: reduce)", False),
        ("(prefers-contrast: more)", False),
    ],
)
def test_where_a_sheet_applies(media, holds):
    """Media queries are evaluated for a wide, bright screen without preferences."""
    assert applies(media) == holds


@pytest.mark.parametrize(
    ("style", "painted"),
    [
        ("background: #FFF", ("none", "#fff")),
        ("background-image: url(a.png); background: navy", ("none", "navy")),
        ("background: navy; background-image: linear-gradient(a, b)", ("linear-gradient(a,b)", "")),
    ],
)
def test_what_is_painted_behind(style, painted):
    """`background` sets both the picture and the colour, also one that it does not name."""
    found = style_of(parse_html(f"<p style='{style}'>").p)

    assert found["background-image"] == painted[0]
    assert found["background-color"] == (painted[1] or "navy")


def test_attributes_of_old_html():
    """Attributes for colours and pictures apply unless the style overrides them."""
    found = style_of(parse_html("<td bgcolor=Navy background=a.png style='color:red'>").td)

    assert found == {"background-color": "navy", "background-image": "a.png", "color": "red"}


@pytest.mark.parametrize(
    "sheet",
    [
        "a{" + "& &{" * 40,
        "a{color:" + "(" * 3000,
        ",".join(["a"] * 3000) + "{color:red}",
    ],
)
def test_a_sheet_that_nobody_would_write(sheet):
    """Deeply nested rules, unclosed brackets and endless lists change nothing."""
    assert colour(sheet) is None


def test_commas_in_brackets():
    """A comma in brackets does not end a selector."""
    assert colour(":is(b, p:not(.z)) a, i { color: navy }") == "navy"
