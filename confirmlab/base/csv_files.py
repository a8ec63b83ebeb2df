"""Read CSV files of learning platforms and spreadsheets, whatever their encoding and delimiter."""

import codecs
import csv
import io
import re
from itertools import zip_longest
from pathlib import Path

from confirmlab.base.errors import KitError

_DELIMITERS = ",;\t"
_LARGEST = 50_000_000  # bytes


def read(path: Path, lower: bool = True) -> list[dict[str, str]]:
    """Return the rows as dicts by column name; the key "" holds the line number.

    With `lower`, column names are in lower case. Cells missing at the end of a line are "".

    Raises:
        KitError: the file cannot be read, or has no header.
    """
    text = _text(path)
    first = text.partition("\n")[0]
    if hint := re.match(r"sep=([,;\t])\r?\n", text):  # Excel's hint, not the header
        text = text[hint.end() :]
    delimiter = hint[1] if hint else max(_DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise KitError(f"{path.name!r} is not a valid table ({error}); save it as CSV.") from None
    header = [name.strip() for name in lines[0]] if lines else []
    header = [name.lower() for name in header] if lower else header
    if len([name for name in header if name]) < 2:
        raise KitError(f"{path.name!r} has no column names in its first line; save it as CSV.")
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            if any(cell.strip() for cell in cells[len(header) :]):
                raise KitError(
                    f"{path.name!r}, line {number}, has more cells than there are columns; put "
                    f"quotes around a cell that holds {delimiter!r}."
                )
            filled = zip_longest(header, cells[: len(header)], fillvalue="")
            named = {name: cell.strip() for name, cell in filled}
            rows.append(named | {"": str(number)})
    return rows


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise KitError(f"{path.name!r} is larger than {_LARGEST // 10**6} MB; give a CSV file.")
        data = path.read_bytes()
    except OSError as error:
        raise KitError(f"Could not read {path.name!r} ({error.strerror}); give another.") from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # as Blackboard writes
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(
            "cp1252", errors="replace"
        )  # as Excel writes; nearly the same as Latin-1
