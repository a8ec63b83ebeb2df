"""Draw the report's plot: each contestant's seconds on a logarithmic scale, a panel a question."""

from __future__ import annotations

import math
from html import escape
from types import ModuleType

from figures import Series

_WIDTH, _LEFT, _ROW = 960, 380, 20
_STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #222 } .title { font-weight: 600; font-size: 13px }
.small { font-size: 11px; fill: #555 } .grid { stroke: #ddd } .kit { fill: #0a6; stroke: #0a6 }
.floor { fill: #777; stroke: #777 } .peer { fill: #c52; stroke: #c52 } .back { fill: #fff }
@media (prefers-color-scheme: dark) { text { fill: #eee } .small { fill: #bbb } .back { fill: #111 }
.grid { stroke: #444 } }
</style>"""


def draw(series: list[Series], questions: dict[str, ModuleType]) -> str:
    """Give the plot as SVG."""
    parts, top = [], 46
    parts.append(_legend())
    for name, question in questions.items():
        own = [s for s in series if s.question == name and s.measure == "seconds"]
        if own:
            parts.append(_panel(question.TITLE, own, top))
            top += 48 + _ROW * len(own)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top}" '
        f'viewBox="0 0 {_WIDTH} {top}" role="img" aria-label="Seconds of the kit, of its peers and '
        'of its floors; the figures stand in the tables of RESULTS.md">'
    )
    back = f'<rect class="back" width="{_WIDTH}" height="{top}"/>'
    return "\n".join([head, _STYLE, back, *parts, "</svg>"]) + "\n"


def _legend() -> str:
    drawn = []
    for place, (kind, said) in enumerate(
        [("kit", "the kit"), ("floor", "floor"), ("peer", "peer")]
    ):
        x = 20 + 110 * place
        drawn.append(f'<circle class="{kind}" cx="{x}" cy="16" r="4"/>')
        drawn.append(f'<text x="{x + 10}" y="20">{said}</text>')
    drawn.append('<text class="small" x="380" y="20">seconds; to the left is faster</text>')
    return "\n".join(drawn)


def _panel(title: str, own: list[Series], top: int) -> str:
    low = math.floor(math.log10(min(s.spread[0] for s in own)))
    high = math.ceil(math.log10(max(s.spread[1] for s in own)))
    high = max(high, low + 1)

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 90) * (math.log10(value) - low) / (high - low)

    bottom = top + 12 + _ROW * len(own)
    drawn = [f'<text class="title" x="12" y="{top + 4}">{escape(title.replace("`", ""))}</text>']
    for power in range(low, high + 1):
        place = x(10.0**power)
        drawn.append(
            f'<line class="grid" x1="{place:.1f}" x2="{place:.1f}" y1="{top + 10}" y2="{bottom}"/>'
            f'<text class="small" x="{place:.1f}" y="{bottom + 13}" text-anchor="middle">'
            f"{10.0**power:g} s</text>"
        )
    for number, one in enumerate(own):
        y, kind = top + 22 + _ROW * number, _kind(one)
        left, right = (x(value) for value in one.spread)
        drawn.append(
            f'<text x="24" y="{y + 4}">{escape(one.name)}</text>'
            f'<line class="{kind}" x1="{left:.1f}" x2="{right:.1f}" y1="{y}" y2="{y}" '
            'stroke-width="2"/>'
            f'<circle class="{kind}" cx="{x(one.median):.1f}" cy="{y}" r="4"/>'
            f'<text class="small" x="{_WIDTH - 12}" y="{y + 4}" text-anchor="end">'
            f"{one.median:.3g} s</text>"
        )
    return "\n".join(drawn)


def _kind(one: Series) -> str:
    words = one.name.lower()
    if words.startswith(("floor", "an empty", "a bare")):
        return "floor"
    peers = ("nbgrader", "otter", "mutmut", "maildev", "bare aiosmtpd", "a pytest process")
    return "peer" if words.startswith(peers) else "kit"
