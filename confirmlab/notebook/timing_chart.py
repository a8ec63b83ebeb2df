"""Registration times by mail server delay, as a chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confirmlab.base.errors import KitError

_COLOURS = ("#c4570c", "#1f8a4c", "#3b6fd4")  # readable on white and on near black

_LONGEST = 1_000_000  # seconds
_SEVERAL = 1.5  # slow from this many delays on; a busy machine may add most of one by itself
Points = tuple[tuple[float, float], ...]  # seconds per mail, seconds until the page


@dataclass(frozen=True, init=False)
class Timings:
    """Measured curves by name: the mail server's delay → the visitor's wait."""

    curves: tuple[tuple[str, Points], ...]

    def __init__(self, **curves: Mapping[float, float]) -> None:
        """Store one curve for each dictionary: Timings(before={0: 0.2, 0.3: 1.1}).

        Raises:
            KitError: a curve is not a dictionary of times in seconds, or there is none.
        """
        if not curves:
            raise KitError("Timings needs a curve; give one, such as before={0: 0.2, 0.3: 1.1}.")
        measured = tuple((name, _points(name, given)) for name, given in curves.items())
        object.__setattr__(self, "curves", measured)

    def __repr__(self) -> str:
        return f"<Timings {', '.join(name for name, _ in self.curves)}>"

    @property
    def delays(self) -> list[float]:
        """Return the delays that were tried, in order."""
        return sorted({delay for _, points in self.curves for delay, _ in points})

    def rows(self) -> list[tuple[float, list[float | None]]]:
        """Return for each delay the seconds of each curve."""
        curves = [dict(points) for _, points in self.curves]
        return [(delay, [curve.get(delay) for curve in curves]) for delay in self.delays]

    def words(self) -> list[tuple[float, list[str]]]:
        """Return for each delay whether each curve is slow there: it waits for several mails.

        What a curve takes without a delay is not counted, since that is the machine's own pace.
        These are words because numbers differ from run to run, and notebook outputs are compared.
        """
        paces = [dict(points).get(0, 0.0) for _, points in self.curves]
        return [
            (delay, [_speed(delay, *pair) for pair in zip(row, paces, strict=True)])
            for delay, row in self.rows()
        ]

    def plot(self) -> dict[str, Any]:
        """Return the positions of everything in the chart."""
        width, height, left, right, top, bottom = 660, 300, 50, 570, 34, 250
        points = [point for _, curve in self.curves for point in curve]
        longest = max([delay for delay, _ in points] + [1e-9])
        unit = next(r for r in (0.1, 0.25, 0.5, 1, 2, 5, 1e9) if max(s for _, s in points) < 6 * r)
        count = int(max(s for _, s in points) / unit) + 1

        def place(delay: float, seconds: float) -> tuple[float, float]:
            y = bottom - (bottom - top) * seconds / (unit * count)
            return round(left + (right - left) * delay / longest, 1), round(y, 1)

        curves: list[dict[str, Any]] = []
        for number, (name, curve) in enumerate(self.curves):
            placed = [place(*point) for point in curve]
            path = " ".join(f"{x},{y}" for x, y in placed)
            look = {"colour": _COLOURS[number % len(_COLOURS)], "dashed": bool(number)}
            label = placed[-1][1] + 4
            while any(abs(label - other["label"]) < 15 for other in curves):
                label += 15  # keeps the names of curves apart that end close together
            curves.append({"name": name, "label": label, "points": placed, "path": path, **look})
        rungs = [(place(0, unit * n)[1], f"{unit * n:g}") for n in range(count + 1)]
        steps = [(place(delay, 0)[0], f"{delay:g}") for delay in self.delays]
        edges = {"width": width, "height": height, "left": left, "right": right, "bottom": bottom}
        return {**edges, "curves": curves, "rungs": rungs, "steps": steps}


def _points(name: str, given: Mapping[float, float]) -> Points:
    try:
        points = tuple(sorted((float(delay), float(s)) for delay, s in given.items()))
    except (AttributeError, TypeError, ValueError, OverflowError):
        points = ()
    # A comparison with nan is always false.
    if not points or not all(0 <= number <= _LONGEST for point in points for number in point):
        raise KitError(
            f"{name}={given!r} is not a curve; give a dictionary from seconds to seconds, "
            f"each from 0 to {_LONGEST:,}, such as {{0: 0.2, 0.3: 1.1}}."
        )
    return points


def _speed(delay: float, seconds: float | None, pace: float) -> str:
    if seconds is None:
        return "-"
    return "slow" if delay and seconds - pace >= _SEVERAL * delay else "fast"
