"""Facts about methods that are rewritten at random: they look different and do the same."""

import ast
import random
import sys

import pytest

from confirmlab.checks.mutation import method_rewriting as rewriting
from confirmlab.course.mutants import mutation_tasks

SOURCE = '''
def sorted_out(self, values, limit=3):
    """Return some values and a sentence."""
    from math import floor

    kept = []
    sentence = "none"
    for value in values:
        try:
            number = floor(value)
        except TypeError as error:
            sentence = str(error)
            continue
        if number > limit:
            return kept, f"{number} is too much"
        kept.append(dict(name=self, number=number, limit=limit))
    return kept, sentence
'''
OTHER = "def sorted_out(self, values, limit=3):\n    kept = 'other'\n    return kept, limit"
TEXTS = [
    pytest.param(text, id=f"{app.id}-{blank_id}")
    for mutation_task in mutation_tasks().values()
    for app in (*mutation_task.correct, *mutation_task.faulty)
    for blank_id, text in app.fills
]


def defined(text):
    names = {}
    exec(text, names)
    return names["sorted_out"]


@pytest.mark.parametrize("seed", range(20))
def test_it_does_the_same(seed):
    """A rewritten method returns the same as before, for any arguments."""
    random.seed(seed)
    own, other = rewriting.prepared(SOURCE), rewriting.prepared(OTHER)
    text = rewriting.rewritten(own, [other])

    for values in ([], [1, 2.5], [1, "x", 2], [1, 9, 2]):
        assert defined(text)("me", values) == defined(SOURCE)("me", values)
    assert defined(text)("me", [5], limit=7) == defined(SOURCE)("me", [5], limit=7)
    assert defined(rewriting.rewritten(other, [own]))("me", []) == ("other", 3)


def test_it_looks_different():
    """Two rewritten texts of a method differ in names, lines and code."""
    own, other = rewriting.prepared(SOURCE), rewriting.prepared(OTHER)
    codes = [defined(rewriting.rewritten(own, [other])).__code__ for _ in range(10)]

    assert len({code.co_varnames for code in codes}) == 10
    assert len({(code.co_firstlineno, tuple(code.co_lines())) for code in codes}) > 5
    assert not {"kept", "sentence", "number", "error"} & {n for c in codes for n in c.co_varnames}
    assert all("other" in code.co_consts for code in codes)


def test_no_two_calls_run_alike():
    """Calls of a rewritten method differ in the lines that run, and in their number."""
    method = defined(rewriting.rewritten(rewriting.prepared("def sorted_out(self): return 7"), []))
    traces = [trace(method) for _ in range(20)]

    assert len({len(lines) for lines in traces}) > 10
    assert len({frozenset(lines) for lines in traces}) > 10


def trace(method):
    """Return the numbers of the lines that a call runs."""
    seen = []

    def local(frame, *_):
        seen.append(frame.f_lineno)
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, *_: local if frame.f_code is method.__code__ else None)
    try:
        method(None)
    finally:
        sys.settrace(before)
    return seen


def test_parameters_keep_their_names():
    """Parameters, defaults and the name of the method are kept, since callers use them."""
    head = ast.parse(rewriting.rewritten(rewriting.prepared(SOURCE), [])).body[0]

    assert ast.unparse(head).startswith("def sorted_out(self, values, limit=3):")


@pytest.mark.parametrize(
    "text",
    [
        "value = 1",
        "def one():\n    pass\n\ndef two():\n    pass",
        "@property\ndef one(self):\n    pass",
        "def one(self):\n    return [lambda: self]",
        "def one(self):\n    global two",
        "def one(self):\n    yield",
    ],
)
def test_other_texts_are_left_alone(text):
    """A text that is more than one plain function is not rewritten."""
    assert rewriting.prepared(text) is None


@pytest.mark.parametrize("text", TEXTS)
def test_every_app_can_be_rewritten(text):
    """Each method of the faulty and the correct apps can be rewritten."""
    method = rewriting.prepared(text)

    compile(rewriting.rewritten(method, [method]), "<test>", "exec")


def test_only_independent_statements_are_swapped():
    """Neighbouring statements are swapped only if neither depends on the other."""
    text = "def one(a):\n    x = 1\n    y = 2\n    z = a(x)\n    w = a(z)\n    return x, y, z, w"
    orders = {rewriting.prepared(text).body for _ in range(60)}

    assert len(orders) > 1
    for body in orders:
        names = [line.partition(" = ")[0] for line in body.splitlines()[:4]]
        # Locals are numbered in the order of their names: w, x, y, z.
        assert names.index("local_1_") < names.index("local_3_") < names.index("local_0_")


def test_parts_that_can_be_evaluated_anywhere():
    """Constants, names of the module and keywords with such values are harmless; calls are not."""
    text = (
        "def confirm(self, token):\n"
        "    claims = jwt.decode(token, key(), leeway=60, audience=token)\n"
        "    self.confirmed = claims['id'] == self.id\n"
        "    db.session.commit()\n"
    )
    parts = rewriting.harmless_parts([rewriting.prepared(text)])

    assert {"dict(leeway=60)", "'id'", "self.id", "db.session.commit"} <= set(parts)
    assert not {"token", "claims", "self.confirmed", "db.session.commit()"} & set(parts)
