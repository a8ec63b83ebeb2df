"""The table of layouts: how learning platforms name what they download, and whose each file is.

To add a platform, add a row: its path (a regular expression for each part, "/" between them) and
examples. `who` is the learner's name, `login` or `number` tell two of one name apart, `rest` is the
file's own name. `when` or `version` number the attempts at one `task`, of which the last counts.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property

_FILE = r"(?:.*\d\d_[a-z_]{5,}|.*submission|.*hand-?in|my_app|notebooks?).*"
_LATE = r"(?P<late>_LATE)?"
_STAMP = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d"


@dataclass(frozen=True)
class Named:
    """What the path of a file tells: the learner, the attempt, and the name its author gave it."""

    layout: str
    who: str
    number: str = ""
    login: str = ""
    rest: str = ""
    late: bool = False
    online: bool = False  # typed into a form of the website, so no file
    receipt: bool = False  # written by the platform
    task: str = ""
    when: datetime | None = None
    attempt: int = 0
    prefix: str = ""  # what the platform wrote before the file's own name

    def __repr__(self) -> str:
        return f"<Named {self.layout}: {self.rest!r}>"


@dataclass(frozen=True)
class Layout:
    """One row of the table."""

    name: str
    title: str
    path: str
    source: str
    examples: Mapping[str, str]  # path -> learner
    sure: bool = True  # other files are not named so by chance
    ignored: str = ""  # a folder beside the learners', which nobody handed in

    def __repr__(self) -> str:
        return f"<Layout {self.name}>"

    @cached_property
    def parts(self) -> tuple[re.Pattern[str], ...]:
        """The pattern of each part of the path."""
        return tuple(re.compile(part, re.DOTALL) for part in self.path.split("/"))

    def parse(self, names: Sequence[str]) -> Named | None:
        """Return what a path tells, or None where it does not fit; it may end at the learner."""
        found: dict[str, str] = {}
        for pattern, name in zip(self.parts, names, strict=False):
            match = pattern.fullmatch(name)
            if match is None:
                return None
            found |= {key: value for key, value in match.groupdict().items() if value}
        return _named(self, found, names[-1]) if "who" in found or "login" in found else None


LAYOUTS = (
    Layout(
        "moodle",
        "Moodle",
        r"(?P<who>.*)_(?P<number>\d+)_assignsubmission_(?:file|(?P<online>[a-z]+))(?:_(?P<rest>.*))?",
        "https://github.com/moodle/moodle mod/assign/locallib.php, download_submissions",
        {
            "Ada Lovelace_12_assignsubmission_file_": "Ada Lovelace",
            "Ada Lovelace_12_assignsubmission_file": "Ada Lovelace",
            "Ada_12_assignsubmission_file_a_1_2_b.zip": "Ada",
            "Ada_12_assignsubmission_onlinetext_onlinetext.html": "Ada",
            "Participant_12_assignsubmission_file_": "Participant",
        },
    ),
    Layout(
        "canvas-anonymous",
        "Canvas, names hidden",
        r"(?P<late>LATE_)?(?P<who>anon_[A-Za-z0-9]+)_[1-9]\d*_(?P<rest>.+)",
        "https://github.com/instructure/canvas-lms lib/content_zipper.rb",
        {
            "anon_x7Kq2_678_a.zip": "anon_x7Kq2",
            "LATE_anon_x7Kq2_678_a.zip": "anon_x7Kq2",
        },
    ),
    Layout(
        "blackboard",
        "Blackboard",
        # The course and the assignment have underscores, too; the login is what stands last.
        rf"(?P<task>.+)_(?P<login>[^_]+)_attempt_(?P<when>{_STAMP})(?:_(?P<rest>.+)|(?P<receipt>\.txt))",
        "https://github.com/kwurst/bb-file-cleanup README.md",
        {
            "gradebook_CS101_Confirm_ada_attempt_2026-03-01-10-00-00_submission.zip": "ada",
            "gradebook_CS101_Confirm_ada_attempt_2026-03-01-10-00-00.txt": "ada",
            "Homework 1_jdoe2_attempt_2026-03-01-10-00-00_03_the_user_model.ipynb": "jdoe2",
        },
    ),
    # No number of Canvas begins with 0, but those of lessons do: ada_12_03_the_user_model.ipynb.
    Layout(
        "canvas",
        "Canvas",
        rf"(?P<who>.+?){_LATE}_(?P<number>\d+)_[1-9]\d*_(?P<rest>.+)",
        "https://github.com/instructure/canvas-lms lib/content_zipper.rb, assignment.rb "
        "(generate_comments_from_files: last_name_first_name_user_id_attachment_id)",
        {
            "lovelaceada_12345_67890_a.zip": "lovelaceada",
            "lovelaceada_LATE_12_67_a-1.ipynb": "lovelaceada",
            "o_brien_12_67_a_3_4_b.zip": "o_brien",
            "李小龍_12_67_a.zip": "李小龍",
        },
    ),
    Layout(
        "canvas-text",
        "Canvas, typed in",
        rf"(?P<who>.+?){_LATE}_(?P<number>\d+)_(?P<rest>(?P<online>text|link)\.html)",
        "https://github.com/instructure/canvas-lms lib/content_zipper.rb",
        {"ada_12_text.html": "ada", "ada_LATE_12_link.html": "ada"},
    ),
    Layout(
        "brightspace",
        "Brightspace",
        r"(?P<number>\d+-\d+) - (?P<who>.+?) - "
        r"(?P<when>\D*\d{1,2}\D{1,20}\d{4}[ ,]+\d{1,2}[:.]?\d\d(?:[:.]\d\d)?"
        r"(?: ?[AaPp]\.?[Mm]\.?)?)"
        r"(?: - (?P<rest>.+))?",
        "no page of D2L shows the names; tools that read them do, such as "
        "'397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM/document.pdf'",
        {
            "1234-567 - Ada Lovelace - Mar 1, 2026 1012 AM": "Ada Lovelace",
            "1234-567 - Mary-Ann Smith - Sep 24, 2024 926 PM": "Mary-Ann Smith",
            "1234-567 - Ada Lovelace - 13 September 2025 310 PM - work.zip": "Ada Lovelace",
        },
    ),
    Layout(
        "nbgrader-inbound",
        "nbgrader, inbound",
        r"(?P<login>[^+]+)\+(?P<task>[^+]+)"
        r"\+(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*)(?:\+.*)?",
        "https://nbgrader.readthedocs.io/en/stable/user_guide/managing_assignment_files.html",
        {
            "ada+confirmlab+2026-03-01 00:37:46 UTC": "ada",
            "ada+confirmlab+2026-03-01 00:37:46.019203 UTC+mU1nZ": "ada",
        },
    ),
    Layout(
        "edx",
        "edX, open response assessment",
        r"\[(?P<task>\d+|x)\] - (?P<login>.+?) - (?P<rest>.+)",
        "https://github.com/openedx/edx-ora2 openassessment/data.py, OraDownloadData",
        {
            "[1] - ada - 03_the_user_model.ipynb": "ada",
            "[1] - 703dee642c9872a35d84fa9b2d96950f - prompt_0.txt": (
                "703dee642c9872a35d84fa9b2d96950f"
            ),
        },
    ),
    Layout(
        "sakai",
        "Sakai",
        r"(?P<who>.+?) ?\((?P<login>[^()]+)\)/Submission [Aa]ttachment\(s\)",
        "https://github.com/sakaiproject/sakai assignment/impl, zipSubmissions",
        {
            "Lovelace, Ada(ada)/Submission attachment(s)": "Lovelace, Ada",
            "O'Brien, Miles (mob12)/Submission attachment(s)": "O'Brien, Miles",
        },
    ),
    Layout(
        "teams",
        "Microsoft Teams",
        r"Submitted files/(?P<who>.+)/(?P<task>.+)/\w+ (?P<version>\d+)",
        "no page of Microsoft shows the folders; tools that read the library 'Student Work' do: "
        "Submitted files/NAME/ASSIGNMENT/Version 2 ('Version' in the language of the team)",
        {
            "Submitted files/Ada Lovelace/Confirm/Version 2": "Ada Lovelace",
            "Submitted files/Ada Lovelace/Confirm/Wersja 1": "Ada Lovelace",
        },
        ignored="Working files",
    ),
    Layout(
        "teams-inside",
        "Microsoft Teams, inside of 'Submitted files'",
        r"(?P<who>.+)/(?P<task>.+)/(?:Vers[a-zãóè]+|Verze|Verzia|Wersja|Sürüm) (?P<version>\d+)",
        "as teams",
        {"Ada Lovelace/Confirm/Version 2": "Ada Lovelace"},
    ),
    Layout(
        "codegrade",
        "CodeGrade",
        r"(?P<who>.+) - (?P<when>\d{4}-\d\d-\d\d[T ]\d\d[:.\-_]\d\d(?:[:.\-_]\d\d)?[\d.]*Z?)",
        "https://pypi.org/project/CodeGra.fs: /course/assignment/submission - submission_time",
        {"Ada Lovelace - 2026-03-01T13:41:26.324712": "Ada Lovelace"},
    ),
    Layout(
        "google-classroom",
        "Google Classroom",
        rf"(?P<who>.+?) - (?P<rest>(?:Copy of )?{_FILE})",
        "no page of Google shows the names of copies for each student; they are NAME - FILE",
        {
            "Ada Lovelace - 03_the_user_model.ipynb": "Ada Lovelace",
            "Ada Lovelace - Copy of 03_the_user_model.ipynb": "Ada Lovelace",
        },
    ),
    Layout(
        "google-forms",
        "Google Forms and Drive",
        rf"(?P<stem>{_FILE}) - (?P<who>[^.]+)(?P<ext>\.\w+)",
        "no page of Google shows the names of uploads to a form; FILE - NAME is what they are",
        {"03_the_user_model - Ada Lovelace.ipynb": "Ada Lovelace"},
    ),
    Layout(
        "google-drive",
        "Google Drive",
        r"(?P<who>.+?) - (?P<rest>.+\.\w+)",
        "as Google Classroom, where learners named their files as they liked",
        {"Ada Lovelace - final.zip": "Ada Lovelace"},
        sure=False,
    ),
    Layout(
        "ilias",
        "ILIAS",
        r"(?P<who>[^_]+_[^_]+)_(?P<login>[^_]+)_(?P<number>\d+)",
        "https://docu.ilias.de, feedback for many: Lastname_Firstname_Login_ID",
        {"Lovelace_Ada_alovelace_1234": "Lovelace Ada"},
        sure=False,
    ),
)

# What platforms and browsers add to the name of a file that comes once more, or put before it.
_AGAIN = re.compile(r"(?P<stem>.+?)(?:-(?P<canvas>\d{1,4})| ?\((?P<browser>\d{1,4})\))", re.DOTALL)
_STAMPED = re.compile(r"(?P<when>20\d{12})_(?P<rest>.+)", re.DOTALL)  # by ILIAS

_MOMENTS = (
    *("%Y-%m-%d-%H-%M-%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f"),
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H-%M-%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H-%M"),
    "%Y-%m-%d %H:%M",
    *(f"{day} {hour}" for day in ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d %B, %Y")
      for hour in ("%I%M %p", "%I:%M %p", "%I.%M %p", "%H%M", "%H:%M", "%H.%M")),
)  # fmt: skip


def parse(name: str) -> Named | None:
    """Return what one name tells by the first row that fits, of those that are sure."""
    rows = (row for row in LAYOUTS if row.sure and len(row.parts) == 1)
    return next(filter(None, (row.parse([name]) for row in rows)), None)


def moment(text: str) -> datetime | None:
    """Return the time that a name tells, in UTC where it names no zone; None if nobody can tell."""
    text = re.sub(r" (?:UTC|GMT)$|Z$", "", text.strip())
    text = re.sub(r"(\d) ?([AP])\.?M\.?$", r"\1 \2M", text.strip(), flags=re.IGNORECASE)
    text = re.sub(r" (\d{3})(?= [AP]M$|$)", r" 0\1", text)  # 926 PM is 0926 PM
    text = re.sub(r"(\d) [A-Z][A-Za-z]+/?\w*$", r"\1", text) if text[:4].isdigit() else text
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    return None


def version(name: str) -> tuple[str, int]:
    """Take a file's name apart: what it was called, and for which time it came."""
    name = one_spelling(name)
    if found := _STAMPED.fullmatch(name):
        return version(found["rest"])[0], int(found["when"])
    stem, dot, kind = name.rpartition(".")
    again = _AGAIN.fullmatch(stem)
    if not again:
        return name.casefold(), 0
    return f"{again['stem']}{dot}{kind}".casefold(), int(again["canvas"] or again["browser"])


def one_spelling(name: str) -> str:
    """Return a name in the one form of its letters, since macOS takes umlauts apart."""
    return unicodedata.normalize("NFC", name)


def _named(layout: Layout, found: Mapping[str, str], name: str) -> Named:
    rest = found.get("rest", "")
    if "stem" in found:
        rest = found["stem"] + found["ext"]
    who = found.get("who") or found["login"]
    if layout.name == "ilias":
        who = who.replace("_", " ")
    return Named(
        layout.name,
        one_spelling(who),
        found.get("number", ""),
        one_spelling(found.get("login", "")),
        rest,
        late="late" in found,
        online="online" in found or bool(re.fullmatch(r"prompt_\d+\.txt", rest)),
        receipt="receipt" in found,
        task=found.get("task", ""),
        when=moment(found["when"]) if "when" in found else None,
        attempt=int(found.get("version", 0)),
        prefix=name.removesuffix(rest) if rest else name,
    )
