"""Know the exercises that ask for tests, and the apps on which such tests are tried."""

from collections.abc import Iterable
from dataclasses import dataclass

from confirmlab import course, mutants, reference
from confirmlab.course import Exercise
from confirmlab.mutants import Mutant


@dataclass(frozen=True)
class Trial:
    """Hold an exercise that asks for tests: its id, and the blanks that the tried model needs."""

    exercise: str
    needs: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name the file of the app that holds the tests."""
        return course.load().exercise(self.exercise).file

    @property
    def hardened(self) -> bool:
        """Say whether the tests are about the hardened app."""
        return course.load().exercise(self.exercise).lesson > reference.FINISHED

    @property
    def model(self) -> dict[str, str]:
        """Give the reference fills of the model as they stand in the exercise's lesson."""
        known = reference.fills(course.load().exercise(self.exercise).lesson)
        return {blank_id: known[blank_id] for blank_id in self.needs}

    @property
    def correct(self) -> tuple[Mutant, ...]:
        """List the correct apps besides the reference."""
        return tuple(one for one in mutants.correct() if one.hardened == self.hardened)

    @property
    def faulty(self) -> tuple[Mutant, ...]:
        """List the faulty apps that tests of the model can tell."""
        return tuple(one for one in mutants.of_the_model() if one.hardened == self.hardened)


_MODEL = ("confirmed-column", "generate-token", "confirm-token")
_HARDENED = (*_MODEL, "token-key", "spent-tokens")
TRIALS = {
    "confirmation-tests": Trial("confirmation-tests", _MODEL),
    "hardening-tests": Trial("hardening-tests", _HARDENED),
}


def others(exercises: Iterable[Exercise]) -> list[Exercise]:
    """Leave out the exercises that ask for tests: those are judged by trials, not by tests."""
    return [exercise for exercise in exercises if exercise.id not in TRIALS]
