"""Facts about text for terminals and cells."""

from confirmlab.base.text import visible


def test_hidden_characters_are_written_out():
    """Characters that reorder, hide or break a line are escaped; ordinary ones are kept."""
    assert visible("a\x00\u202eb\ud800\r") == "a\\x00\\u202eb\\ud800\\r"
    assert visible("Zoë 李\n\t हिन्दी") == "Zoë 李\n\t हिन्दी"
