"""Stand in for the package of this name until somebody asks it something.

On import it builds forty parsers, which takes three seconds; jsonschema imports it, and so does
everything that reads notebooks. Hardly any of that ever asks; who does is answered by the real one.
"""

import importlib
import sys
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


def is_valid_syntax(term, value):
    """Say whether a text is what the grammar of addresses calls by this term."""
    return _real().is_valid_syntax(term, value)


@cache
def _real():
    path = sys.path
    sys.path = [place for place in path if Path(place) != _HERE]
    sys.modules.pop(__name__, None)
    try:
        return importlib.import_module(__name__)
    finally:
        sys.path = path
