"""Use a page by the keyboard alone."""

from collections.abc import Mapping

from playwright.sync_api import Page

_ACTIVE = """() => {
    const here = document.activeElement;
    const words = here.labels?.length ? [...here.labels] : [here];
    const name = words.map(one => one.innerText.trim()).join(' ');
    return here.querySelector('.subject')?.innerText ?? name;
}"""


def reach(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until a link, a button or a field of this name has the focus."""
    met = []
    while name not in met[-1:]:
        page.keyboard.press(key)
        met.append(page.evaluate(_ACTIVE))
        assert len(met) < 50, f"Tab does not reach {name!r}, but {met}"


def follow(page: Page, name: str) -> None:
    """Follow a link."""
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def send(page: Page, fields: Mapping[str, str]) -> None:
    """Fill in a form and send it."""
    for name, text in fields.items():
        reach(page, name)
        page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
