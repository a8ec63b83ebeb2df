"""Check that what a notebook shows is visible, complete and in its place."""

from playwright.sync_api import Locator, Page

from confirmlab.base import paths

SCREENSHOTS = paths.in_kit("build", "screenshots")
_HIGHEST = 16_000  # pixels that Chromium draws in one piece

_UNFOLD = """() => document.querySelectorAll('.jp-Notebook details')
    .forEach(fold => { fold.open = true; })"""

# Lab leaves out what is far away; what is left out has no text and no size.
_ALL_DRAWN = ".jp-Notebook .jp-Cell { content-visibility: visible !important; }"

# Added to the notebook, so that it disappears when the notebook is closed.
_ADD_STYLE = """text => {
    const style = document.createElement('style');
    style.textContent = text;
    document.querySelector('.jp-Notebook').append(style);
}"""

_IS_HIGH = "document.querySelector('.jp-WindowedPanel-outer').clientHeight > 15000"
_TOP = "document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0"
_END = "document.querySelector('.jp-Cell:last-child').getBoundingClientRect().bottom"

_FAULTS = r"""() => {
    const faults = [];
    const shown = element => element.getClientRects().length > 0;
    const start = element => element.textContent.trim().replace(/\s+/g, ' ').slice(0, 60);
    const rendered = document.querySelectorAll(
        '.jp-Notebook .jp-OutputArea-output, .jp-Notebook .jp-MarkdownOutput');
    for (const output of rendered) {
        const place = output.closest('.jp-Cell').dataset.windowedListIndex;
        const fault = (what, element) => faults.push(`cell ${place}: ${what}: ${start(element)}`);
        const text = output.innerText.trim();
        if (!text && !output.querySelector('img, iframe, svg')) fault('empty', output);
        if (/<[\w.]+ object at 0x/.test(text)) fault('an object as Python names it', output);
        if (output.scrollWidth > output.clientWidth + 1) fault('too wide', output);
        for (const part of output.querySelectorAll('*')) {
            if (!shown(part) || part.tagName === 'IFRAME') continue;
            const look = getComputedStyle(part);
            const hides = ['hidden', 'clip'].includes(look.overflowX);
            if (hides && part.scrollWidth > part.clientWidth + 1) fault('clipped', part);
            if (look.textOverflow === 'ellipsis' && part.scrollWidth > part.clientWidth)
                fault('cut short', part);
        }
        for (const picture of output.querySelectorAll('img'))
            if (picture.complete && !picture.naturalWidth) fault('a broken picture', output);
        if (output.querySelector('.jp-mod-warning')) fault('a bad drawing', output);
    }
    return faults;
}"""


def spread(page: Page) -> None:
    """Unfold everything, on a screen of the greatest height."""
    page.evaluate(_UNFOLD)
    _heighten(page, page.viewport_size["width"])


def _heighten(page: Page, width: int) -> None:
    page.evaluate(_ADD_STYLE, _ALL_DRAWN)
    page.set_viewport_size({"width": width, "height": _HIGHEST})
    page.wait_for_function(_IS_HIGH)  # Lab lays itself out a moment later
    page.evaluate(_TOP)


def faults(page: Page) -> list[str]:
    """Return what is missing, cut off or too wide in the open notebook."""
    return page.evaluate(_FAULTS)


def empty_frames(page: Page) -> list[str]:
    """Return the frames that show nothing."""
    found = []
    for frame in page.locator(".jp-Notebook iframe").all():
        if frame.is_visible():
            frame.scroll_into_view_if_needed()  # a frame is loaded when somebody looks
            inside = frame.element_handle().content_frame()
            inside.wait_for_load_state("load")
            if not inside.locator("body").inner_text().strip():
                found.append(frame.get_attribute("title"))
    return found


def keep(page: Page, name: str) -> None:
    """Save a screenshot of the whole notebook."""
    size = page.viewport_size
    end = page.evaluate(
        "document.querySelector('.jp-Cell:last-child').getBoundingClientRect().bottom"
    )
    part = {"x": 0, "y": 0, "width": size["width"], "height": min(end + 40, _HIGHEST)}
    page.screenshot(path=SCREENSHOTS / f"{name}.jpg", type="jpeg", quality=60, clip=part)


def picture(page: Page, name: str, *parts: Locator) -> None:
    """Take a picture for the README of some adjacent parts of the page, and nothing else.

    `make pictures` copies what the last run took into docs/.
    """
    size = page.viewport_size
    _heighten(page, 1000)
    boxes = [part.bounding_box() for part in parts]
    left, top = min(box["x"] for box in boxes), boxes[0]["y"]
    right, end = max(box["x"] + box["width"] for box in boxes), boxes[-1]["y"] + boxes[-1]["height"]
    part = {"x": left, "y": top, "width": right - left, "height": end - top}
    page.screenshot(path=SCREENSHOTS / "readme" / f"{name}.png", clip=part)
    page.set_viewport_size(size)
