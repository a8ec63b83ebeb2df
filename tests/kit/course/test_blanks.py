"""Facts about finding and replacing blanks in a text."""

import textwrap

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import BlankError
from confirmlab.course import blanks, lessons, solutions

MODEL = '''\
class User:
    # region confirm-token
    def confirm(self, token):
        """Say yes or no."""

        return False

    # endregion confirm-token

    # region empty-one
    # endregion empty-one
'''
PAGE = "<h1>Club</h1>\n{# region line #}\n<p>Hi</p>\n{# endregion line #}\n<hr>\n"


def marked(*parts):
    return "".join(f"# {part}\n" for part in parts)


def test_blanks_are_found_in_their_order():
    """Each blank has its id, its text without the indent, and its line numbers."""
    found = blanks.find(MODEL)
    blank = found["confirm-token"]

    assert list(found) == ["confirm-token", "empty-one"]
    assert blank.text == 'def confirm(self, token):\n    """Say yes or no."""\n\n    return False'
    assert (blank.indent, blank.first, blank.last) == ("    ", 3, 7)
    assert repr(blank) == "<Blank confirm-token, lines 3-7>"


def test_a_blank_can_be_empty():
    """There may be nothing between the two markers."""
    blank = blanks.find(MODEL)["empty-one"]

    assert blank.text == ""
    assert blank.last < blank.first


def test_a_template_has_blanks_too():
    """In a template the markers are Jinja comments."""
    assert blanks.find(PAGE)["line"].text == "<p>Hi</p>"


@pytest.mark.parametrize(
    "line",
    ["x = 1  # region a", "# region A b", "# regions a", "# region", "text {# region a #}"],
)
def test_only_a_whole_line_is_a_marker(line):
    """A comment that merely mentions a region, or has no id, is not a marker."""
    assert blanks.find(f"{line}\n") == {}


def test_a_fill_is_indented_to_fit():
    """A fill gets the indent of its marker; empty lines stay empty."""
    filled = blanks.replace(MODEL, "confirm-token", "def confirm(self):\n    a = 1\n\n    return a")

    assert "    def confirm(self):\n        a = 1\n\n        return a\n    # endregion" in filled


def test_the_common_indent_of_a_fill_does_not_matter():
    """A fill that is indented as a whole gives the same file as one that is not."""
    text = "def confirm(self):\n    return 1\n"

    indented = blanks.replace(MODEL, "confirm-token", textwrap.indent(text, "\t"))
    assert indented == blanks.replace(MODEL, "confirm-token", text)


def test_all_around_a_fill_stays():
    """The text before and after the blank is unchanged, byte for byte."""
    source = "\ufeffa = 1 \t\n" + MODEL + "b = '\x0c\u2028'\n\n\nlast line without an end"
    filled = blanks.replace(source, "empty-one", "c = 2")

    assert filled.replace("    c = 2\n", "") == source


def test_line_ends_are_kept():
    """A file with Windows line ends keeps them, and the fill gets them."""
    source = MODEL.replace("\n", "\r\n")
    filled = blanks.replace(source, "empty-one", "a = 1\nb = 2")

    assert filled.count("\r\n") == filled.count("\n") == source.count("\n") + 2
    assert blanks.find(filled)["empty-one"].text == "a = 1\nb = 2"


def test_a_byte_order_mark_is_left_out():
    """The byte order mark that some editors put before a fill is removed."""
    filled = blanks.replace(MODEL, "empty-one", "\ufeffa = 1")

    assert blanks.find(filled)["empty-one"].text == "a = 1"


def test_a_fill_with_line_ends_of_windows_fits_anywhere():
    """A fill gets the line ends of the file."""
    filled = blanks.replace(MODEL, "empty-one", "a = 1\r\nb = 2\r\n")

    assert "\r" not in filled
    assert blanks.find(filled)["empty-one"].text == "a = 1\nb = 2"


@pytest.mark.parametrize("text", ["", "\n", "  \n\n"])
def test_a_blank_can_be_emptied(text):
    """After an empty fill, the two markers are on consecutive lines."""
    filled = blanks.replace(PAGE, "line", text)

    assert "{# region line #}\n{# endregion line #}\n" in filled


def test_empty_lines_at_the_top_stay_in_the_file():
    """Leading empty lines are kept, so lines of cell and blank match; the text is the same."""
    filled = blanks.replace(MODEL, "confirm-token", "\n\ndef confirm(self):\n    return 1\n\n")
    lines = filled.splitlines()

    assert lines[2:6] == ["", "", "    def confirm(self):", "        return 1"]
    assert blanks.find(filled)["confirm-token"].text == "def confirm(self):\n    return 1"


def test_a_text_further_left_does_not_move_the_rest():
    """A quoted text may be indented less than its blank, and can be read and filled again."""
    text = 'def confirm(self):\n    return """\nfar left\n"""'
    by_hand = blanks.replace(MODEL, "confirm-token", text).replace("    far left", "far left")
    found = blanks.find(by_hand)["confirm-token"].text

    assert found.startswith("def confirm(self):\n    return")
    compile(blanks.replace(by_hand, "confirm-token", found), "models.py", "exec")


def test_odd_separators_are_no_line_ends():
    """A form feed or U+2028 in a text does not begin a line, as in Python and Jinja."""
    text = "a = 'one\u2028two\x0cthree\x85four'"
    filled = blanks.replace(MODEL, "empty-one", text)

    assert f"    {text}\n" in filled
    assert blanks.find(filled)["empty-one"].text == text
    assert blanks.lines("a\u2028b\r\nc\rd\n") == ["a\u2028b\r\n", "c\r", "d\n"]


def test_filling_and_reading_gives_the_fill():
    """Each reference fill is read back as it was put into its blank."""
    for blank_id, text in solutions.fills().items():
        file = lessons.load().exercise(blank_id).file
        source = paths.in_kit("app_skeleton", file).read_text(encoding="utf-8")
        filled = blanks.replace(source, blank_id, text)

        assert blanks.find(filled)[blank_id].text == blanks.normal(text)
        assert list(blanks.find(filled)) == list(blanks.find(source))


def test_many_blanks_are_filled_at_once():
    """Fills of blanks in other files are ignored."""
    filled = blanks.replace_all(MODEL, {"empty-one": "a = 1", "elsewhere": "b = 2"})

    assert filled == blanks.replace(MODEL, "empty-one", "a = 1")


def test_an_unknown_blank_is_named():
    """Filling a blank that the file does not have raises an error with its id."""
    with pytest.raises(BlankError, match="This file has no blank named 'gone'"):
        blanks.replace(MODEL, "gone", "")


def test_a_missing_end_is_named():
    """The error for a missing end marker says which line to put back, and where."""
    with pytest.raises(BlankError) as caught:
        blanks.find(marked("region a", "text", "region b", "endregion b"))

    assert str(caught.value) == (
        "The marker line 'endregion a' is missing before line 3, so the blank 'a' has no clear "
        "bounds; put the line back, or try %restore a."
    )


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (["endregion a"], "'region a' is missing before line 1"),
        (["region a", "endregion b"], "'region b' is missing before line 2"),
        (["region a", "text"], "'endregion a' is missing before line 3"),
        (["region a", "region a", "endregion a"], "'endregion a' is missing before line 2"),
        (
            ["region a", "endregion a", "region a", "endregion a"],
            "The blank 'a' occurs twice, the second time in line 3; keep one of the two.",
        ),
    ],
)
def test_unpaired_and_doubled_markers_are_named(parts, sentence):
    """The error for markers that do not pair up names the marker and the line."""
    with pytest.raises(BlankError) as caught:
        blanks.find(marked(*parts))

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "line", ["// endregion a", "# endregion: 'a'", "# endregion a (mine)", "<!-- Endregion a -->"]
)
def test_a_misspelt_marker_is_quoted(line):
    """A marker that cannot be read is not called missing: the error quotes its line."""
    with pytest.raises(BlankError) as caught:
        blanks.find(f"# region a\ntext\n{line}\n")

    assert str(caught.value) == (
        f"The marker 'endregion a' is misspelt in line 3: {line!r}; correct it, or try %restore a."
    )


def test_white_space_at_line_ends_does_not_count():
    """Two fills are the same if they differ only in trailing space, indent or outer lines."""
    assert blanks.same("a = 1\n\nb = 2", "\n  a = 1  \n \n  b = 2\t\n\n")
    assert blanks.same("a\r\nb", "a\nb")
    assert not blanks.same("a = 1", "a = 2")
    assert not blanks.same("if a:\n    b", "if a:\nb")


def test_a_survey_goes_on_after_a_problem():
    """After a lost marker, the blanks with both markers are still found."""
    source = "# region a\n1\n# region b\n2\n# endregion b\n# endregion c\n# region b\n3\n"
    found, problems = blanks.find_with_problems(source)

    assert {blank_id: blank.text for blank_id, blank in found.items()} == {"b": "2"}
    assert [problem[:32] for problem in problems] == [
        "The marker line 'endregion a' is",
        "The marker line 'region c' is mi",
        "The blank 'b' occurs twice, the ",
        "The marker line 'endregion b' is",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "\ufeff{# region one #}\n<p>\n{# endregion one #}\n",
        "<div>{# region one #}\n  <p>\n{# endregion one #}</div>\n",
        "<div>{# region one #}<p>{# endregion one #}</div>\n",
        "{#- region one -#}\n<p>\n{#-  EndRegion  one -#}\n",
    ],
)
def test_markers_of_editors_are_found(source):
    """Markers are found wherever an editor put them, and a fill restores their lines."""
    assert blanks.find(source)["one"].text == "<p>"
    mended = blanks.replace(source, "one", "<b>")
    assert blanks.find(mended)["one"].text == "<b>"
    assert ("<div>" in mended) == ("<div>" in source)


def test_a_marker_in_capitals_is_found():
    """A marker in capitals or without a space is recognised."""
    source = "# Region one\nx = 1\n#endregion  one\n"
    assert blanks.find(source)["one"].text == "x = 1"


SAYS_NO = "def confirm(self, token):\n    return False"


@pytest.mark.parametrize(
    "text",
    [
        f"class User(UserMixin, db.Model):\n{textwrap.indent(SAYS_NO, '    ')}",
        f"# mine\nclass User:\n  \n{textwrap.indent(SAYS_NO, '  ')}\n",
    ],
)
def test_a_class_line_that_is_there_already_is_left_out(text):
    """Methods pasted with the line of their class are put in without that line."""
    filled = blanks.replace(MODEL, "confirm-token", text)

    assert blanks.find(filled)["confirm-token"].text == SAYS_NO
    at = filled.split("\n").index("    def confirm(self, token):")
    assert at - 2 == text.split("\n").index(
        next(line for line in text.split("\n") if "def " in line)
    )


def test_a_decorator_of_a_pasted_method_stays():
    """After a class line, the first method keeps its decorator."""
    text = "class User:\n    @property\n    def name(self):\n        return 1"

    filled = blanks.replace(MODEL, "confirm-token", text)

    assert blanks.find(filled)["confirm-token"].text.startswith("@property\ndef name")


@pytest.mark.parametrize(
    "text",
    ["class Other:\n    x = 1", "class User:\n    x = 1\ny = 2", "class User: pass", "class User:"],
)
def test_another_class_in_a_blank_stays(text):
    """A fill that is another class, more than a class, or invalid is put in unchanged."""
    filled = blanks.replace(MODEL, "confirm-token", text)

    assert blanks.find(filled)["confirm-token"].text == text


TEMPLATE = (
    '{% extends "base.html" %}\n{% block title %}Home{% endblock %}\n'
    "{% block content %}\n<h1>Hi</h1>\n{# region line #}\n{# endregion line #}\n{% endblock %}\n"
)


@pytest.mark.parametrize(
    "text",
    [
        '{% extends "base.html" %}\n\n{% block content %}\n<p>One</p>\n{% endblock %}\n',
        "{%- block content -%}<p>One</p>{%- endblock content -%}",
        "{# {% block content %} #}\n{% block title %}Home{% endblock %}\n"
        "{% block content %}\n  <p>One</p>\n  {% endblock %}",
    ],
)
def test_a_block_that_is_there_already_is_left_out(text):
    """A template pasted with its block is put in without the block, on the same lines."""
    filled = blanks.replace(TEMPLATE, "line", text)

    assert blanks.find(filled)["line"].text == "<p>One</p>"
    at = filled.split("\n").index("<p>One</p>")
    assert at - 5 == text[: text.index("<p>")].count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "<p>One</p>\n{% block content %}<p>Two</p>{% endblock %}",
        "{% block content %}1{% endblock %}{% block content %}2{% endblock %}",
        "{% block other %}1{% endblock %}\n{% block content %}2{% endblock %}",
        "{% block title %}Me{% endblock %}\n{% block content %}2{% endblock %}",
        "{% block content %}<p>One</p>",
        "<p>A block of flats</p>",
    ],
)
def test_another_block_in_a_blank_stays(text):
    """A fill with other blocks, or with text beside its block, is put in unchanged."""
    assert blanks.find(blanks.replace(TEMPLATE, "line", text))["line"].text == text
