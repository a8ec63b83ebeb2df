"""Facts about the score of an exercise."""

from confirmlab.course.results import ExerciseResult, TestResult


def test_a_required_test_decides():
    """If a required test fails, the exercise earns nothing, whatever else passes."""
    tests = (TestResult("a", "A.", "failed", required=True), TestResult("b", "B.", "passed"))

    assert ExerciseResult("gate", "The gate", "failed", tests).score == 0


def test_a_grave_fault_caps_the_exercise():
    """With a grave fault, the exercise earns at most the share of its cap."""
    passed = [TestResult(f"t{n}", f"Fact {n}.", "passed") for n in range(9)]
    tests = (TestResult("a", "A.", "failed", cap=0.3), *passed)

    assert ExerciseResult("gate", "The gate", "failed", tests).score == 0.3
