"""Facts about what the app under test is started with."""

import random

from confirmlab.checks import app_settings


def test_a_notebooks_own_random_numbers_stay():
    """A learner who has set a seed gets the same numbers with and without a check in between."""
    random.seed(7)
    expected = random.random()
    random.seed(7)
    app_settings.draw()

    assert random.random() == expected


def test_a_seed_does_not_decide_what_is_drawn():
    """Two runs after the same seed have neither the key nor the rest in common."""
    drawn = []
    for _ in range(2):
        random.seed(7)
        drawn.append(app_settings.draw())

    one, other = drawn
    assert one.secret_key != other.secret_key
    assert (one.name, one.pages, one.ahead) != (other.name, other.pages, other.ahead)


def test_the_key_is_not_shown():
    """The secret key is not in the text by which settings are shown."""
    settings = app_settings.draw()

    assert settings.secret_key not in repr(settings)
