"""Facts about fills that do not compile or parse."""

import pytest

from confirmlab.base.errors import BlankError
from confirmlab.course import blanks, fill_syntax

MODEL = """\
class User:
    # region confirm-token
    def confirm(self, token):
        return False

    # endregion confirm-token

    # region other
    # endregion other
"""
PAGE = "<h1>Club</h1>\n{# region line #}\n<p>Hi</p>\n{# endregion line #}\n{% if a %}b{% endif %}\n"


def refusal(text, source=MODEL, name="models.py", blank_id="confirm-token"):
    with pytest.raises(BlankError) as caught:
        fill_syntax.check(name, source, blanks.replace(source, blank_id, text), blank_id)
    return str(caught.value)


def accepted(text, source=MODEL, name="models.py", blank_id="confirm-token"):
    fill_syntax.check(name, source, blanks.replace(source, blank_id, text), blank_id)
    return True


def test_the_line_of_the_cell_is_shown():
    """A syntax error gives its line in the cell, counted from %%fill, and quotes it."""
    assert refusal("def confirm(self, token):\n    return tru e") == (
        "confirm-token was not filled, and nothing was changed: SyntaxError: invalid syntax, "
        "in line 3 of the cell:\n\n    return tru e\n\nFix it and run the cell again."
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<p>{% user.name %}</p>", "TemplateSyntaxError: Encountered unknown tag 'user'; what is"),
        ("{{ if a }}b{{ endif }}", "got 'a'; words such as `if` stand in {% … %}, in line 2"),
    ],
)
def test_the_wrong_braces_are_explained(text, says):
    """For an expression in {% %}, or a word such as `if` in {{ }}, the error names the braces."""
    assert says in refusal(text, PAGE, "page.html", "line")


def test_other_mistakes_in_braces_get_no_hint():
    """The hint on `if` stays away where no such word begins an expression."""
    assert "words such as" not in refusal("{{ url_for 'x' }}", PAGE, "page.html", "line")


def test_other_tags_are_left_out_of_the_reason():
    """The end of a block in the fill is not compared with the blocks around it."""
    inside = PAGE.replace("{# region", "{% block x %}\n{# region").replace(
        "{# endregion line #}", "{# endregion line #}\n{% endblock %}"
    )

    assert "endblock" not in refusal("{% user.name %}", inside, "page.html", "line")


def test_a_long_line_is_shortened():
    """Of a long faulty line the error quotes the beginning."""
    assert len(refusal(f"x = {'(' * 3000}")) < 400


def test_empty_lines_at_the_top_count():
    """The line number is that of the cell, also after leading empty lines."""
    assert "in line 5 of the cell" in refusal("\n\ndef confirm(self):\n    return tru e\n")


def test_line_ends_of_windows_do_not_shift_the_line():
    """In a file with Windows line ends, the line number is the same."""
    message = refusal("def confirm(self):\n    return tru e", source=MODEL.replace("\n", "\r\n"))

    assert "in line 3 of the cell:\n\n    return tru e\n\n" in message


def test_a_line_within_the_reason_is_one_of_the_cell():
    """A line that Python's own message names is given as the cell counts it."""
    no_indent = refusal("def confirm(self):\nreturn 1")

    assert "after function definition on line 2, in line 3" in no_indent
    assert "does not match opening parenthesis '(' on line 2, in" in refusal("x = (\n]")


def test_a_wrong_indent_has_its_name():
    """The error has the name that Python gives it."""
    message = refusal("def confirm(self):\nreturn 1")

    assert "IndentationError: expected an indented block" in message
    assert "in line 3 of the cell" in message


def test_something_left_open_is_guessed():
    """If Python notices the error only after the cell, the message asks what was left open."""
    message = refusal(
        "def confirm(self):", source=MODEL.replace("other\n", "other\n    x = 1\n", 1)
    )

    assert message == (
        "confirm-token was not filled, and nothing was changed: IndentationError: expected an "
        "indented block after function definition on line 2, noticed after the last line of the "
        "cell; is something left open?"
    )


def test_a_template_is_parsed():
    """A template that does not parse is refused with the line of the cell."""
    message = refusal("<p>\n{{ user. }}", PAGE, "index.html", "line")

    assert "line was not filled, and nothing was changed: TemplateSyntaxError: " in message
    assert "in line 3 of the cell:\n\n    {{ user. }}\n" in message


BLOCKS = (
    '{% extends "base.html" %}\n{% block title %}Home{% endblock %}\n'
    "{% block content %}\n{# region line #}\n{# endregion line #}\n{% endblock %}\n"
)


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("<p>\n{% block title %}Hi{% endblock %}", "the file has the block 'title' already", 3),
        ('{% extends "base.html" %}\n<p>Hi', "`extends` is already at the top of the file", 2),
    ],
)
def test_a_second_block_of_a_name_is_refused(text, said, line):
    """An error that Jinja raises only on rendering is reported at once, with its line."""
    message = refusal(text, BLOCKS, "index.html", "line")

    assert f"{said}; " in message and f", in line {line} of the cell:" in message


def test_a_new_block_is_allowed():
    """A fill may contain a block that the file does not have."""
    assert accepted("{% block more %}Hi{% endblock %}", BLOCKS, "index.html", "line")


def test_an_open_tag_of_a_template_is_guessed():
    """For an `if` without an end, which shows only after the cell, the message asks for it."""
    message = refusal("{% if a %}", PAGE, "index.html", "line")

    assert "noticed after the last line of the cell; is something left open?" in message


def test_a_mail_in_plain_text_is_a_template():
    """All files but Python's are parsed as templates."""
    assert accepted("def not python: {{ user.name }}", PAGE, "confirm.txt", "line")
    assert "TemplateSyntaxError" in refusal("{{ user.name }", PAGE, "confirm.txt", "line")


@pytest.mark.parametrize(
    "text",
    [
        "# region confirm-token\npass\n# endregion confirm-token",
        "pass\n# endregion confirm-token",
        "# region confirm-token\npass",
        "# region mine\npass\n# endregion mine",
        "# region other\npass\n# endregion other",
        "# endregion confirm-token\npass\n# region confirm-token",
    ],
)
def test_markers_in_a_fill_are_refused(text):
    """Marker lines in a fill are an error; the kit does not remove them."""
    assert refusal(text) == (
        "The fill for 'confirm-token' contains a region marker, so nothing was changed; "
        "leave the marker lines out."
    )


def test_a_file_broken_elsewhere_takes_fills():
    """If the file was broken before, its blanks can still be filled."""
    broken = MODEL + "def half(:\n"

    assert accepted("def confirm(self):\n    return 1", broken)
    assert "in line 3 of the cell" in refusal("def confirm(self):\n    return tru e", broken)


def test_a_blank_broken_by_hand_can_be_filled():
    """A correct fill can replace one that does not compile."""
    assert accepted("def confirm(self):\n    return 1", MODEL.replace("return False", "return ("))


def test_a_warning_is_no_error():
    """A fill for which Python only warns is accepted."""
    assert accepted("def confirm(self):\n    return '\\d' is 1")


def test_a_byte_order_mark_is_read_over():
    """A file that begins with U+FEFF is compiled, as Python does."""
    source = "\ufeff" + MODEL

    assert accepted("def confirm(self):\n    return 1", source)
    assert "in line 3 of the cell" in refusal("def confirm(self):\n    return tru e", source)


@pytest.mark.parametrize(("name", "text"), [("models.py", "a = '\0'"), ("a.html", "half \ud83d")])
def test_characters_that_no_file_holds_are_refused(name, text):
    """A NUL byte or a lone surrogate is an error without a line."""
    message = refusal(text, name=name)

    assert message.endswith("; delete that character and run the cell again.")


def test_a_tag_that_jinja_does_not_know_is_named():
    """A wrong end of a block is named; of a block left open only Jinja's last sentence is kept."""
    wrong = refusal("{% if a %}b{% end %}", PAGE, "page.html", "line")
    left_open = refusal("{% if a %}b", PAGE, "page.html", "line")

    assert "unknown tag 'end'" in wrong and "'endif'" in wrong
    assert "unknown tag" not in left_open and "innermost block that" in left_open


@pytest.mark.parametrize(
    ("source", "name", "blank_id", "text"),
    [
        (MODEL, "models.py", "confirm-token", f"x = {'-' * 100_000}1"),
        (MODEL, "models.py", "confirm-token", f"x = {' + '.join(['1'] * 20_000)}"),
        (MODEL, "models.py", "confirm-token", f"class User:\n    x = {'-' * 100_000}1"),
        (PAGE, "page.html", "line", "{% if a %}" * 3000 + "{% endif %}" * 3000),
    ],
    ids=["minus", "sum", "class", "template"],
)
def test_a_fill_that_is_nested_too_deeply_is_refused(source, name, blank_id, text):
    """A fill on which the parser gives up is refused in a sentence."""
    assert refusal(text, source, name, blank_id) == (
        f"{blank_id} was not filled, and nothing was changed: {fill_syntax.TOO_DEEP}; "
        "divide it into smaller parts and run the cell again."
    )
    assert fill_syntax.problem_of(name, source, blank_id, text) == (fill_syntax.TOO_DEEP, 0)
