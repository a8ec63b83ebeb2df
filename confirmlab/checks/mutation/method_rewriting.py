"""Rewrite methods at random, so that tests can tell apps apart by their behaviour only.

A rewritten method contains its own body and those of other apps, in random order; an arithmetic
condition selects its own, and the others never run. Names of locals, the order of keywords, dict
keys and independent assignments, line numbers and comments are random, too. Statements that change
nothing are added before the body, and each call runs a random choice of them, so no two traces are
alike. They contain the constants and names of all apps, so which of these a method contains does
not tell to which app it belongs.
"""

import ast
import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_WORDS = (
    *("amber", "basket", "cinder", "dove", "ember", "feather", "grain", "harbour", "ivory"),
    *("juniper", "kettle", "lantern", "meadow", "nettle", "orchard", "pebble", "quarry", "ridge"),
    *("saddle", "thicket", "umber", "valley", "willow", "yarrow"),
)
_LOCAL = re.compile(r"\blocal_(\d+)_\b")  # placeholders in a prepared text for names to be drawn
_CALLS = ("abs", "ascii", "bin", "chr", "hash", "hex", "oct", "repr")
# With one of these in a body, renaming takes more than a look at its names.
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Match)
_BINDING = (*_SCOPES, ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr)
_GLOBALS = {"self", "db", "jwt", "current_app"}
_PURE = (ast.Constant, ast.Name, ast.Attribute, ast.List, ast.Tuple, ast.Dict, ast.Load)


@dataclass(frozen=True)
class Method:
    """A method ready to be rewritten: its first line, its body, and the number of its locals."""

    head: str
    body: str
    locals: int


def prepared(text: str) -> Method | None:
    """Return a method ready to be rewritten; None unless the text is one plain function."""
    tree = ast.parse(text)
    function = tree.body[0] if len(tree.body) == 1 else None
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return None
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    body = ast.Module(function.body, [])
    if any(isinstance(node, _BINDING) for node in ast.walk(body)):
        return None
    names = sorted(_bound(body) - {argument.arg for argument in ast.walk(function.args)
                                   if isinstance(argument, ast.arg)})  # fmt: skip
    _Renamed({name: f"local_{place}_" for place, name in enumerate(names)}).visit(body)
    _Shuffled().visit(body)
    function.body = []
    head = ast.unparse(function).strip()
    return Method(head, ast.unparse(body), len(names))


def harmless_parts(methods: Collection[Method]) -> list[str]:
    """Return the expressions in some methods that can be evaluated anywhere and change nothing."""
    found = set()
    for method in methods:
        for node in ast.walk(ast.parse(method.body)):
            if isinstance(node, ast.Call):
                words = [word for word in node.keywords if word.arg and _is_harmless(word.value)]
                named = (f"{word.arg}={ast.unparse(word.value)}" for word in words)
                found.add(f"dict({', '.join(named)})")
            elif isinstance(node, ast.expr) and _is_harmless(node):
                found.add(ast.unparse(node))
    return sorted(found)


def rewritten(
    own: Method,
    others: Collection[Method],
    idle: Sequence[str] = (),
    parts: Sequence[str] = (),
) -> str:
    """Return the source of a method that behaves like `own` but also contains the others' code.

    Each of the `idle` statements, which must change nothing, runs in some calls, and each of the
    `parts`, which are expressions, in most of them.
    """
    bodies = random.sample([own, *others], len(others) + 1)
    pick, number = _drawn(1)[0], random.randrange(10**6, 10**7)
    lines = [f"{pick} = {number}"]
    for place, method in enumerate(bodies):
        divisor = random.randrange(100, 1000)
        rest = number % divisor
        if method is not own:
            rest = (rest + random.randrange(1, divisor)) % divisor
        lines.append(f"{'elif' if place else 'if'} {pick} % {divisor} == {rest}:")
        lines += _indented([*(_idle(idle, parts) if method is own else ()), *_named(method)])
    return "\n" * random.randrange(40) + "\n".join([own.head, *_commented(_indented(lines))]) + "\n"


def _bound(body: ast.Module) -> set[str]:
    """Return the names that a body binds."""
    names = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
    return names


class _Renamed(ast.NodeTransformer):
    """Rename local variables at random."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = self.names.get(node.name or "", node.name)
        return self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> ast.alias:
        node.asname = self.names[node.asname or node.name.partition(".")[0]]
        return node


class _Shuffled(ast.NodeTransformer):
    """Reorder keywords, dict keys and independent assignments at random."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if all(word.arg and _is_pure(word.value) for word in node.keywords):
            random.shuffle(node.keywords)
        return self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        impure = [value for value in node.values if not _is_pure(value)]
        if len(impure) <= 1 and all(isinstance(key, ast.Constant) for key in node.keys):
            pairs = list(zip(node.keys, node.values, strict=True))
            random.shuffle(pairs)
            node.keys, node.values = [key for key, _ in pairs], [value for _, value in pairs]
        return self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                _swap(statements)
        return super().generic_visit(node)


def _swap(statements: list[ast.stmt]) -> None:
    """Swap neighbouring statements at random where neither depends on the other."""
    for place in range(len(statements) - 1):
        pair = statements[place : place + 2]
        if _are_independent(*pair) and random.random() < 0.5:
            statements[place : place + 2] = pair[::-1]


def _are_independent(first: ast.stmt, second: ast.stmt) -> bool:
    pair = (first, second)
    for one, other in (pair, pair[::-1]):
        if not isinstance(one, ast.Assign):
            return False
        stored = {target.id for target in one.targets if isinstance(target, ast.Name)}
        if len(stored) < len(one.targets):
            return False
        if stored & {node.id for node in ast.walk(other) if isinstance(node, ast.Name)}:
            return False
    return any(
        isinstance(statement, ast.Assign) and _is_pure(statement.value) for statement in pair
    )


def _is_pure(value: ast.expr) -> bool:
    return all(isinstance(node, _PURE) for node in ast.walk(value))


def _is_harmless(value: ast.expr) -> bool:
    """Return whether an expression has no names but those of the module, and of the user's id."""
    inner = list(ast.walk(value))
    of_self = [node for node in inner if isinstance(node, ast.Attribute) and node.attr != "id"]
    names = {node.id for node in inner if isinstance(node, ast.Name)}
    if any(isinstance(node.value, ast.Name) and node.value.id == "self" for node in of_self):
        return False  # reading another column may query the database
    return _is_pure(value) and names <= _GLOBALS


def _drawn(count: int) -> list[str]:
    return [f"{word}_{random.randrange(100, 1000)}" for word in random.sample(_WORDS, count)]


def _named(method: Method) -> list[str]:
    names = _drawn(method.locals)
    return _LOCAL.sub(lambda found: names[int(found[1])], method.body).splitlines()


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _commented(lines: list[str]) -> list[str]:
    """Return the lines with comments before some of them."""
    found = []
    for line in lines:
        # Before `elif`, `else` and `except` a comment may stand as well.
        if random.random() < 0.1:
            indent = line[: len(line) - len(line.lstrip())]
            found.append(f"{indent}# {' '.join(random.sample(_WORDS, 3))}")
        found.append(line)
    return found


def _idle(more: Sequence[str], parts: Sequence[str]) -> list[str]:
    """Return statements that change nothing outside; each call runs different ones of them.

    So neither the lines, their number nor the functions called tell what a method does.
    """
    number, one, other = _drawn(3)
    lines = [f"{number} = int.from_bytes(__import__('os').urandom(2), 'big')"]
    for bit, call in enumerate(random.sample(_CALLS, len(_CALLS))):
        lines += [f"if {number} & {1 << bit}:", f"    {one} = {call}({random.randrange(100)})"]
    for place, statement in enumerate(more):
        lines += [f"if {number} & {512 << place}:", f"    {statement}"]
    for part in random.sample(parts, len(parts)):
        lines += [f"if {number} % {random.randrange(9, 30)}:", f"    {other} = {part}"]
    return [*lines, f"for {one} in range({number} >> 8):", f"    {other} = abs({one})"]
