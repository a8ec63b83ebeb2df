"""Facts about text for terminals and cells."""

from confirmlab.base.text import clipped, legible, visible


def test_hidden_characters_are_written_out():
    """Characters that reorder, hide or break a line are escaped; ordinary ones are kept."""
    assert visible("a\x00\u202eb\ud800\r") == "a\\x00\\u202eb\\ud800\\r"
    assert visible("Zoë 李\n\t हिन्दी") == "Zoë 李\n\t हिन्दी"


def test_prose_keeps_the_spaces_and_joiners_it_needs():
    """No-break and ideographic spaces and joiners stay in prose; what deceives is escaped."""
    prose = "Déjà\u00a0? Oui\u202f! 鳩\u3000舎 می\u200cخواهم 👩\u200d🌾\n"

    assert legible(prose) == prose
    assert legible("a\x1b[31m\u202eb\u200b\ud800\r") == "a\\x1b[31m\\u202eb\\u200b\\ud800\\r"


def test_a_long_text_is_clipped():
    """A text within the limit stays as it is, and a longer one ends there with an ellipsis."""
    assert [clipped(word, 3) for word in ("coo", "cooo")] == ["coo", "coo…"]
