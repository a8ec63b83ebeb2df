"""Facts about CSV files of learning platforms and spreadsheets, in any format."""

import pytest

from confirmlab.base import csv_files
from confirmlab.base.errors import KitError

ROW = {"name": "Zoë", "points": "1,5", "": "2"}


@pytest.mark.parametrize(
    "data",
    [
        'Name,Points\nZoë,"1,5"\n'.encode(),
        "\ufeffName;Points\r\nZoë;1,5\r\n".encode(),
        "Name;Points\nZoë;1,5\n".encode("latin-1"),
        "Name\tPoints\nZoë\t1,5\n".encode("utf-16"),
        ' "Name" , Points \n Zoë ,"1,5"\n\n,\n'.encode(),
    ],
    ids=["utf-8", "bom and semicolons", "latin-1", "utf-16 and tabs", "spaces"],
)
def test_tables_are_read_in_any_form(tmp_path, data):
    """The encoding and the delimiter are detected; column names are in lower case."""
    (tmp_path / "a.csv").write_bytes(data)
    (row,) = csv_files.read(tmp_path / "a.csv")

    assert {key.strip(' "'): value for key, value in row.items()} == ROW


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "has no column names in its first line"),
        (b"just text", "has no column names in its first line"),
        (b'a,b\n"open', "is not a valid table"),
    ],
)
def test_a_file_that_is_not_a_table_is_reported(tmp_path, data, said):
    """The error names a file that is not a table, and says what to do."""
    (tmp_path / "a.csv").write_bytes(data)

    with pytest.raises(KitError, match=f"'a.csv' {said}.*; save it as CSV"):
        csv_files.read(tmp_path / "a.csv")


def test_a_surplus_cell_is_reported(tmp_path):
    """An unquoted decimal comma is reported with its line; surplus empty cells are ignored."""
    (tmp_path / "a.csv").write_text("a,b\n1,2,,\n1,2,5\n")

    with pytest.raises(KitError, match="'a.csv', line 3, has more cells than there are columns"):
        csv_files.read(tmp_path / "a.csv")


def test_missing_cells_are_empty(tmp_path):
    """The cells that a short line lacks are read as empty ones."""
    (tmp_path / "a.csv").write_text("a,b,c\n1\n")

    assert csv_files.read(tmp_path / "a.csv") == [{"a": "1", "b": "", "c": "", "": "2"}]


def test_a_missing_table_is_reported(tmp_path):
    """The error names a file that does not exist."""
    with pytest.raises(KitError, match="Could not read 'a.csv'"):
        csv_files.read(tmp_path / "a.csv")


def test_a_hint_for_excel_is_not_a_header(tmp_path):
    """The line sep=; sets the delimiter; the column names are in the next line."""
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfsep=;\r\na,b;c\r\n1;2\r\n")
    (row,) = csv_files.read(tmp_path / "a.csv")

    assert (row["a,b"], row["c"]) == ("1", "2")
