"""Facts about the values that graded tests draw at random."""

from confirmlab.checks.text.random_words import Deck, bypass_fields, random_name


def test_a_deck_runs_out_before_a_value_comes_again():
    """Each value is drawn once, the first group first, before any is drawn again."""
    deck = Deck((1, 2, 3), (4, 5))

    for _ in range(3):
        drawn = [deck.draw() for _ in range(5)]
        assert (set(drawn[:3]), set(drawn[3:])) == ({1, 2, 3}, {4, 5})


def test_names_have_the_size_that_is_asked_for():
    """A short name is shorter than a usual one, which has no space; a long one has several."""
    assert all(len(random_name("short")) < 8 <= len(random_name()) for _ in range(50))
    assert all(20 < len(random_name("long")) <= 64 for _ in range(50))


def test_bypass_fields_lead_away():
    """The fields that a visitor adds name other sites' pages only, or what the caller passes."""
    asked = bypass_fields(user_id="7")

    assert asked["next"].startswith("//")
    assert (asked["user_id"], "ok" in asked) == ("7", True)
