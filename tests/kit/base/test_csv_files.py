"""Facts about tables of learning platforms and spreadsheets, in whatever form they were saved."""

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
    """Encoding and delimiter are found out; names of columns are in lower case."""
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
def test_what_is_no_table_is_one_sentence(tmp_path, data, said):
    """A file that is no table is named, with what to do."""
    (tmp_path / "a.csv").write_bytes(data)

    with pytest.raises(KitError, match=f"'a.csv' {said}.*; save it as CSV"):
        csv_files.read(tmp_path / "a.csv")


def test_a_cell_too_many_is_one_sentence(tmp_path):
    """A decimal comma without quotes is told with its line; empty cells do not count."""
    (tmp_path / "a.csv").write_text("a,b\n1,2,,\n1,2,5\n")

    with pytest.raises(KitError, match="'a.csv', line 3, has more cells than there are columns"):
        csv_files.read(tmp_path / "a.csv")


def test_a_missing_table_is_one_sentence(tmp_path):
    """A file that is not there is named."""
    with pytest.raises(KitError, match="Could not read 'a.csv'"):
        csv_files.read(tmp_path / "a.csv")


def test_a_hint_for_excel_is_no_header(tmp_path):
    """The line sep=; tells the delimiter, and the next line has the names of the columns."""
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfsep=;\r\na,b;c\r\n1;2\r\n")
    (row,) = csv_files.read(tmp_path / "a.csv")

    assert (row["a,b"], row["c"]) == ("1", "2")
