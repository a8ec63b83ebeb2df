"""Facts about text for terminals and cells."""

from confirmlab.base.text import visible


def test_letters_that_hide_are_written_out():
    """What turns, hides or breaks a line is shown as what it is; usual letters stay."""
    assert visible("a\x00\u202eb\ud800\r") == "a\\x00\\u202eb\\ud800\\r"
    assert visible("Zoë 李\n\t हिन्दी") == "Zoë 李\n\t हिन्दी"
