"""Facts about the addresses in a mail that lead to other sites."""

import pytest

from confirmlab.checks.text.foreign_addresses import (
    foreign_addresses,
    possible_tokens,
    sent_elsewhere,
    with_part,
)

SITE, TOKEN = "club.example:5000", "eyJhbGciOiJI.eyJleHAiOjE3.sIgNaTuRe_0123456789"
HEX = TOKEN.encode().hex()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Go to http://{SITE}/x?y=//z or https://t.example/a, please", ["t.example/a,"]),
        (
            "(//t.example) <https:t.example/b> \\\\t.example",
            ["t.example", "t.example/b", "t.example"],
        ),
        ("&#47;&#47;t.example&sol;c", ["t.example/c"]),
        (f"http://{SITE}@t.example/", [f"{SITE}@t.example/"]),
        (f"http://{SITE} or http://{SITE}/a?b#c", []),
        ("no//comment, 1//2, a://b", []),
    ],
)
def test_addresses_that_lead_elsewhere(text, found):
    """Addresses are recognised in all spellings that a browser accepts, with their query."""
    assert foreign_addresses(text, SITE) == found


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://t.example/{}.png">',
        '<img src="https://t.example/\n?a {}">',
        "<style>p {{ background: url(//t.example/{}) }}</style>",
        "<p style='background: url(//t.example/{})'>",
        '<a ping="https://t.example/{}">',
        '<form action="https://t.example"><input value="{}"></form>',
        '<form id=f></form><input form=f value={}><button form=f formaction="//t.example">',
        '<form action="//t.example"><textarea>{}</textarea></form>',
        '<base href="https://t.example/"><img src="{}.png">',
    ],
)
@pytest.mark.parametrize("token", [TOKEN, TOKEN[::-1], TOKEN.lower(), "-".join(TOKEN), TOKEN[:9]])
def test_a_token_that_goes_elsewhere(html, token):
    """A part of a token is found in everything that a mail sends to other sites."""
    assert with_part(sent_elsewhere(html.format(token), SITE), TOKEN)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="http://{site}/auth/confirm/{token}">Go</a> <a href="https://t.example/about">Us</a>',
        '<form action="/auth/confirm/{token}"><input value="{token}"></form>',
        '<form action="//t.example"><input name=q value=pigeons></form>{token}',
    ],
)
def test_a_token_that_stays(html):
    """The site's own addresses and forms may contain the token."""
    assert not with_part(sent_elsewhere(html.format(site=SITE, token=TOKEN), SITE), TOKEN)


def test_what_looks_like_a_token():
    """A long run of mixed letters and digits may be a token in another spelling."""
    assert possible_tokens(
        ["t.example/Zx81QkLmN7pWv3Rt9sYb", "t.example/a-picture-of-a-pigeon.png"]
    ) == ["t.example/Zx81QkLmN7pWv3Rt9sYb"]
    assert possible_tokens([HEX * 2])
