"""Sentences of the card on a learner's tests: what they caught, and what was set aside."""

import ast

from confirmlab.course import mutants
from confirmlab.course.results import TestResult


def note(
    suite: str, results: list[TestResult], essential: set[str], aside: list[TestResult]
) -> str:
    """Return the sentences below the card: repeated names, tests set aside, apps caught."""
    return f"{_repeated_names(suite)}{_tests_set_aside(aside)}{_summary(results, essential, aside)}"


def _summary(results: list[TestResult], essential: set[str], aside: list[TestResult]) -> str:
    """Return which faulty apps were caught, and which were not, in a few sentences."""
    found, missed = caught_and_missed(results)
    text = f"Caught {len(found)} of {len(results)} faulty apps"
    if not found:
        return f"{text}. No test that counts catches anything yet." if aside else f"{text}."
    text += f": {_app_names(found)}. "
    if not missed:
        return f"{text}That is all of them: a distinction."
    text += f"Not caught: {_app_names(missed)}. "
    basic = [result for result in missed if result.name in essential]
    if basic:
        slip = "slips" if len(basic) == 1 else "slip"
        return (
            f"{text}Of the essential {len(essential)}, {len(basic)} {slip} through: "
            f"{_app_names(basic)}."
        )
    return (
        f"{text}All essential {len(essential)} are caught: a pass. "
        f"{len(missed)} more to catch for a distinction. "
        f"A question on the way, about {app_name(missed[0].name)}: {_hint(missed[0])}"
    )


def _tests_set_aside(aside: list[TestResult]) -> str:
    """Return a sentence on the tests that are set aside, or ""."""
    names = ", ".join(result.name for result in aside)
    if not aside:
        return ""
    if len(aside) == 1:
        return f"{names} is set aside and costs as much as an essential app; the others count. "
    count = len(mistakes(aside))
    which = "one mistake, which" if count == 1 else f"{count} mistakes, each of which"
    return (
        f"{names} are set aside for {which} costs as much as an essential app. The others count. "
    )


def _repeated_names(suite: str) -> str:
    """Return a sentence on the test functions of which a later one has the name, or ""."""
    seen: set[str] = set()
    doubled: list[str] = []
    for node in ast.parse(suite).body:
        if isinstance(node, ast.FunctionDef):
            doubled += [node.name] if node.name in seen and node.name not in doubled else []
            seen.add(node.name)
    if not doubled:
        return ""
    return f"Defined more than once: {', '.join(doubled)}. Only the last one of a name runs. "


def why_none_is_caught(suite: str) -> str:
    """Return a sentence on why the tests may catch no faulty app."""
    tree = ast.parse(suite)
    nodes = list(ast.walk(tree))
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    bare = {node.id for node in nodes if isinstance(node, ast.Name)}
    asserts = any(isinstance(node, ast.Assert) for node in nodes) or any(
        name in ("raises", "fail") or name.startswith("assert") for name in named | bare
    )
    if not asserts:
        return "No test asserts anything; write with assert what must hold."
    if not named & {"confirm", "generate_confirmation_token"}:
        return "No test calls confirm() or generate_confirmation_token()."
    return (
        "The tests pass whatever the app does. Do they look at what the app "
        "answers, or at something that they have put there themselves?"
    )


def caught_and_missed(results: list[TestResult]) -> tuple[list[TestResult], list[TestResult]]:
    """Return the results of the apps that were caught, and those of the others."""
    found = [result for result in results if result.outcome == "passed"]
    return found, [result for result in results if result not in found]


def mistakes(aside: list[TestResult]) -> set[str]:
    """Return the lines at which these tests fail; a shared helper's line counts once."""
    return {result.where or result.name for result in aside}


def app_name(mutant_id: str) -> str:
    """Return the name of a faulty app on the card, such as 'C1'."""
    return mutant_id.partition("_")[0].upper()


def _app_names(results: list[TestResult]) -> str:
    return ", ".join(app_name(result.name) for result in results)


def _hint(result: TestResult) -> str:
    return next(mutant.hint for mutant in mutants.faulty() if mutant.id == result.name)
