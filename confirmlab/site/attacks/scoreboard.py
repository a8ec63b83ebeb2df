"""The results of attacks on an app."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Result = tuple[bool, str]  # whether an attack got in, and what was seen


@dataclass(frozen=True)
class Attempt:
    """The result of one attack; `got_in` is None if it could not be tried."""

    name: str
    title: str
    got_in: bool | None
    evidence: str
    how: str = ""  # a sentence on what it did

    @property
    def outcome(self) -> str:
        """Return "got in", "held off" or "not tried"."""
        return outcome_words(self.got_in)

    def __repr__(self) -> str:
        return f"<Attempt {self.name}: {self.outcome}>"


@dataclass(frozen=True)
class Scoreboard:
    """The results of one round of attacks, and the first result of each attack."""

    attempts: tuple[Attempt, ...]
    control: Attempt  # an honest member's click, since a broken site would hold off every attack
    first: Mapping[str, bool] = field(default_factory=dict)

    @property
    def got_in(self) -> int:
        """Return the number of attacks that got in."""
        return sum(attempt.got_in is True for attempt in self.attempts)

    @property
    def held(self) -> int:
        """Return the number of attacks that were held off."""
        return sum(attempt.got_in is False for attempt in self.attempts)

    @property
    def headline(self) -> str:
        """Return the score as a sentence."""
        total = len(self.attempts)
        if not self.control.got_in:
            return "Not even an honest member gets in"
        if self.got_in:
            return f"{self.got_in} of {total} attacks got in"
        if self.held < total:
            return f"{self.held} of {total} attacks held off, the others not tried"
        return f"All {total} attacks held off"

    def __repr__(self) -> str:
        return f"<Scoreboard {self.headline}>"


def outcome_words(got_in: bool | None) -> str:
    """Return the outcome of an attack: "got in", "held off" or "not tried"."""
    return {True: "got in", False: "held off", None: "not tried"}[got_in]
