"""What a child sends to its parent: small dictionaries of plain values."""

from collections.abc import Callable
from typing import Any

Say = Callable[[dict[str, Any]], None]
