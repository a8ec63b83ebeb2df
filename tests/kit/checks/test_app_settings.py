"""Facts about the settings with which the app under test is started."""

import random

from confirmlab.checks.app import app_settings


def test_a_notebooks_own_random_numbers_stay():
    """A learner who has set a seed gets the same random numbers with or without a check."""
    random.seed(7)
    expected = random.random()
    random.seed(7)
    app_settings.draw()

    assert random.random() == expected


def test_a_seed_does_not_decide_what_is_drawn():
    """Two runs after the same seed have different keys and different other settings."""
    drawn = []
    for _ in range(2):
        random.seed(7)
        drawn.append(app_settings.draw())

    one, other = drawn
    assert one.secret_key != other.secret_key
    assert (one.name, one.pages, one.ahead) != (other.name, other.pages, other.ahead)


def test_the_key_is_not_shown():
    """The repr of the settings does not contain the secret key."""
    settings = app_settings.draw()

    assert settings.secret_key not in repr(settings)
