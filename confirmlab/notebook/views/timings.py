"""Text and HTML of measured registration times."""

from base64 import b64encode

from confirmlab.base.templating import render
from confirmlab.notebook.timing_chart import Timings
from confirmlab.notebook.views.registry import register


def _text(timings: Timings) -> str:
    names = [name for name, _ in timings.curves]
    rows = [(f"{delay:g} s", row) for delay, row in timings.words()]
    lines = ["How long a registration takes (slow: the page waits for several mails)", ""]
    for first, cells in [("the mail server takes", names), *rows]:
        lines.append("  ".join([f"{first:<22}", *(f"{cell:<8}" for cell in cells)]).rstrip())
    return "\n".join(lines)


def _html(timings: Timings) -> str:
    # The sanitiser drops inline SVG, and keeps an image with a data address.
    drawing = render("timings.svg", plot=timings.plot())
    picture = "data:image/svg+xml;base64," + b64encode(drawing.encode()).decode()
    return render("timings.html", timings=timings, text=_text(timings), picture=picture)


register(Timings, _text, _html)
