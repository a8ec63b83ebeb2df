"""Facts about what a person can see of a page or a mail."""

import pytest

from confirmlab.site.pages.html_text import parse_html
from confirmlab.site.pages.page_actions import own_actions
from confirmlab.site.pages.style_sheets import inline_styles
from confirmlab.site.pages.visibility import is_hidden, is_speck

HIDDEN = [
    "<a hidden>Go</a>",
    '<a style="display: none">Go</a>',
    '<div style="visibility:hidden"><a>Go</a></div>',
    '<a style="font-size:0">Go</a>',
    '<div style="font-size: 1px !important"><a>Go</a></div>',
    '<a style="opacity:0.0">Go</a>',
    '<a style="color:#FFF">Go</a>',
    '<a style="color:white"><b>Go</b></a>',
    '<a><span style="color:rgb(255, 255, 255)">Go</span></a>',
    '<div style="background:navy"><a style="color:#000080;background-color:#000081">Go</a></div>',
    '<a style="color:transparent">Go</a>',
    '<a style="position:absolute;left:-9999px">Go</a>',
    '<a style="width:0;height:0;overflow:hidden">Go</a>',
    "<a><font color='white'>Go</font></a>",
    '<a style="color:white">Go<img width="1" height="1"></a>',
    '<div style="display:none"><a><img alt="Go"></a></div>',
    '<div style="max-height:0;overflow:hidden"><a style="color:navy">Go</a></div>',
    '<a style="transform:scale(0)">Go</a>',
    '<a style="transform:scale(0.01)">Go</a>',
    '<a style="opacity:.01">Go</a>',
    '<a style="filter:opacity(3%)">Go</a>',
    '<a style="clip-path:inset(100%)">Go</a>',
    '<a style="zoom:0.01">Go</a>',
    '<a style="position:absolute;right:-9999px">Go</a>',
    '<a style="pointer-events:none">Go</a>',
    "<div inert><a>Go</a></div>",
    "<dialog><a>Go</a></dialog>",
    "<textarea><a>Go</a></textarea>",
    "<style>@media screen { a { display: none } }</style><a>Go</a>",
    "<style>a { display: block } a { display: none }</style><a>Go</a>",
    '<a style="background-image:url(x.png);background:white;color:white">Go</a>',
    "<style>p > a.x { display: none }</style><p><a class='x'>Go</a></p>",
]
SHOWN = [
    "<a>Go</a>",
    '<a href="/"><img alt="Go"></a>',
    '<td style="font-size:0;color:white"><a><img alt="Go"></a></td>',
    '<div style="font-size:0"><a style="font-size:1em">Go</a></div>',
    '<table><td bgcolor="#004080"><a style="color:#fff">Go</a></td></table>',
    '<div style="color:white"><a>Go</a></div>',
    '<a style="opacity:0.5;transform:scale(.9);clip-path:inset(5px)">Go</a>',
    "<dialog open><a>Go</a></dialog>",
    '<div style="background:url(sky.png)"><a style="color:white">Go</a></div>',
    '<a style="margin-left:-1px;opacity:.9">Go</a>',
    '<td background="sky.png"><a style="color:white">Go</a></td>',
    '<a style="background:#fff;background-image:linear-gradient(#123,#456);color:white">Go</a>',
    '<a style="color:#999;background:white">Go</a>',  # pale, and can be read
    "<style>a{color:navy} .b{background:navy;color:white}</style><a class=b>Go</a>",
    "<style>@media (max-width:600px){a{display:none}}</style><a>Go</a>",
    "<style>.pre{display:none} a{color:navy} @media print{a{color:red}} ?{}</style><a>Go</a>",
]


def link(html):
    page = parse_html(html)
    inline_styles(page)
    return page.find("a")


@pytest.mark.parametrize("html", HIDDEN)
def test_what_nobody_sees(html):
    """A link without size, contrast, position on the page or display is hidden."""
    assert is_hidden(link(html), paper="white")


@pytest.mark.parametrize("html", SHOWN)
def test_what_one_sees(html):
    """A link that contrasts with its background is visible."""
    assert not is_hidden(link(html), paper="white")


def test_a_page_of_unknown_colour():
    """If no background colour is known, white letters count as visible."""
    assert not is_hidden(link('<a style="color:white">Go</a>'))


@pytest.mark.parametrize(
    "html",
    [
        "<script>document.forms[0].submit()</script>",
        '<script src="data:text/javascript,1"></script>',
        '<script src="//elsewhere.example/x.js"></script>',
        '<body onload="go.click()">',
        '<meta http-equiv="Refresh" content="0; url=/">',
        '<script>eval(atob("Zm9v"))</script>',
        '<iframe srcdoc="<body onload=go.submit()>"></iframe>',
        '<meta http-equiv="refresh" content="3;/auth/logout">',
        '<script>document.forms[1]["sub" + "mit"]()</script>',
        "<script>const {['sub' + 'mit']: go} = document.forms[0]; go()</script>",
        "<script>document.forms[0].\\u0073ubmit()</script>",
        '<script>go.dispatchEvent(new Event("cl" + "ick"))</script>',
        "<script>go.addEventListener('click', () => go.form.submit()); go.click()</script>",
        "<script>go.onclick = work; go.onclick()</script>",
        "<script>document.querySelector('[type=submit]').click()</script>",
        "<script>/* .closest(' */ form[a + b]() /* ') */</script>",
        "<script>setTimeout(() => location.assign('/'), 9)</script>",
        "<script type=module>go.click()</script>",
        "<script>$.post('/auth/resend')</script>",
        "<script>`\n// ${document.forms[a + b]()}`</script>",
        "<script>x = '.matches(\"', go = form[a + b], y = '\")'; go()</script>",
    ],
)
def test_what_a_page_does_by_itself(html):
    """Scripts that may send a form, and refreshes, count as actions of the page."""
    assert own_actions(html)


@pytest.mark.parametrize(
    "html",
    [
        "<form method=post onsubmit='this.lastChild.disabled = true'><button>Go</button></form>",
        '<script src="/static/menu.js"></script><meta charset="utf-8">',
        "<script>document.querySelector('main button').focus()</script>",
        "<script>document.querySelector('form[action=\"/auth/resend\"] button').focus()</script>",
        '<meta http-equiv="refresh" content="60">',
        "<script>document.querySelector('button[type=\"submit\"]').disabled = true</script>",
        "<script>document.getElementById('submit').onclick = e => e.submitter.blur()</script>",
        '<script>setInterval("window.location.reload(true)", 60000)</script>',
        "<script>setTimeout(function () { location.reload() }, 30000)</script>",
        "<script>document.forms[1].addEventListener('submit', lock)</script>",
        '<script>go.addEventListener( "click", () => { go.textContent = "…" })</script>',
        "<script>document.forms[0].onsubmit = function () { go.disabled = true }</script>",
        '<script type="application/ld+json">{"description": "Click to submit"}</script>',
        "<script>\n// Lock it after the first click.\ngo.onsubmit = e => lock(e)</script>",
        "<script>document.title = 'Pigeon Post \\u2713'</script>",
        "<script>const [b] = document.querySelectorAll('button'); b.focus()</script>",
    ],
)
def test_what_needs_the_reader(html):
    """A form that waits for its reader, and scripts that only help, do not count."""
    assert own_actions(html) == []


@pytest.mark.parametrize(
    ("html", "tiny"),
    [
        ('<img width="1" height="1">', True),
        ('<img style="height: 0px">', True),
        ('<img width="2">', True),
        ('<img width="600" height="0">', True),
        ('<img width="600" height="2">', False),
        ('<img width="100%" height="1">', False),
        ('<img width="120" height="20">', False),
        ("<img>", False),
    ],
)
def test_pictures_that_nobody_sees(html, tiny):
    """A picture is a speck if both sides are at most two pixels, or one side is zero."""
    assert is_speck(parse_html(html).find("img")) == tiny
