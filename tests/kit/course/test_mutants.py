"""Facts about the faulty and the correct apps: their descriptions match their behaviour."""

import re

import graded
import pytest

from confirmlab.course import lessons, mutants, solutions

EXERCISES = mutants.graded_by_tests(lessons.load().exercises)
LESSON_03 = [exercise for exercise in EXERCISES if exercise.lesson == "03"]
EXTRA = [exercise for exercise in EXERCISES if exercise.lesson > lessons.load().finished]
MODEL = {"generate-token", "confirm-token"}


def sentences(text):
    return re.findall(r"\S.*?[.?!](?=\s|$)", text)


def test_there_are_enough():
    """There are at least twenty faulty apps and four correct ones, each with its own name."""
    names = [mutant.id for mutant in (*mutants.faulty(), *mutants.correct())]

    assert len(mutants.faulty()) >= 20 and len(mutants.correct()) >= 4
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mutant", mutants.faulty(), ids=lambda m: m.id)
def test_a_faulty_app_tells_its_story(mutant):
    """The title of a faulty app is the misconception; its story has two sentences."""
    assert sentences(mutant.title) == [mutant.title]
    assert len(sentences(mutant.story)) == 2
    assert " ".join(sentences(mutant.story)) == mutant.story


@pytest.mark.parametrize("mutant", mutants.correct(), ids=lambda m: m.id)
def test_a_correct_app_describes_its_difference(mutant):
    """The title and story of a correct app say how it differs from the reference."""
    assert mutant.title and not mutant.title.endswith(".")
    assert " ".join(sentences(mutant.story)) == mutant.story


@pytest.mark.parametrize("mutant", mutants.faulty(), ids=lambda m: m.id)
def test_hints_go_with_the_model(mutant):
    """A faulty app has a hint, a question, only if tests of the model can detect it."""
    assert bool(mutant.hint) == (mutant.blanks <= MODEL)
    assert not mutant.hint or mutant.hint.endswith("?")


@pytest.mark.parametrize("exercise", mutants.mutation_tasks())
def test_some_are_essential(exercise):
    """The numbers of faulty and essential apps of each exercise are those in its notebook."""
    tried = mutants.mutation_tasks()[exercise].faulty

    counts = {"confirmation-tests": (19, 8), "hardening-tests": (7, 4)}
    assert (len(tried), sum(mutant.essential for mutant in tried)) == counts[exercise]


def test_only_models_are_essential():
    """Tests of the model can detect every essential faulty app."""
    essential = {mutant for mutant in mutants.faulty() if mutant.essential}

    assert essential <= set(mutants.of_the_model())


@pytest.mark.parametrize("exercise", mutants.mutation_tasks())
def test_mutation_tasks_have_correct_apps(exercise):
    """Each exercise that asks for tests has correct apps besides the reference."""
    assert mutants.mutation_tasks()[exercise].correct


def test_each_fill_fits_a_blank():
    """Each fill belongs to a blank of the course, and differs from the reference's."""
    for mutant in (*mutants.faulty(), *mutants.correct()):
        assert mutant.blanks <= {exercise.id for exercise in EXERCISES}
        assert all(text.strip() != solutions.fill(name).strip() for name, text in mutant.fills)


def test_the_graded_suite_tells_them_apart(tmp_path):
    """The graded suite fails each faulty app in one of its exercises, and no correct app."""
    right = [("reference", solutions.finished(), LESSON_03)]
    right += [variant(m, EXTRA if m.hardened else LESSON_03) for m in mutants.correct()]
    wrong = [variant(m, mutants.filled_by(m)) for m in mutants.faulty()]

    failed = judge(tmp_path, right + wrong)

    assert {name: failed[name] for name, *_ in right if failed[name]} == {}
    assert [name for name, *_ in wrong if not failed[name]] == []


def variant(mutant, exercises):
    """Return an app's name, the fills of all its blanks, and the exercises that grade it."""
    known = solutions.fills() if mutant.hardened else solutions.finished()
    return mutant.id, known | dict(mutant.fills), exercises


def judge(folder, apps):
    """Run the graded tests on each app, and return which exercises it fails."""
    asked = {name: (fills, exercises) for name, fills, exercises in apps}
    return {
        name: [exercise_id for exercise_id, result in by_id.items() if result.status != "passed"]
        for name, by_id in graded.results(folder, asked).items()
    }
