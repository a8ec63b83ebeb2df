"""Facts about finding each learner's submission: every layout, and no file ignored in silence."""

import os
import zipfile
from collections import Counter
from contextlib import nullcontext

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import SubmissionError
from confirmlab.course import skeleton
from confirmlab.submissions import discovery, learner_files, reader

BOOK = "03_the_user_model.ipynb"
CELLS = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
MOODLE = "assignsubmission_file_"


@pytest.fixture
def lay(tmp_path):
    """Return a function that writes files into a folder and returns the folder."""

    def lay(*names, folder="class"):
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir() if name.endswith("/") else path.write_text(CELLS, encoding="utf-8")
        return root

    return lay


def learners_in(path):
    """Return the names of each learner's files in the folder."""
    return {
        handed.learner: [entry.relative_to(path).as_posix() for entry in handed.paths]
        for handed in discovery.find(path).learners
    }


def packed(path, *names):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(*(name if isinstance(name, tuple) else (name, CELLS)))
    return path


# Layouts


def test_folders_zips_and_notebooks_are_learners(lay):
    """In a plain folder, each folder, zip and notebook is one learner's, sorted by name."""
    root = lay("bob.zip", "cyd.ipynb", f"ada/{BOOK}", "eve.tar.gz")

    assert learners_in(root) == {
        "ada": ["ada"],
        "bob": ["bob.zip"],
        "cyd": ["cyd.ipynb"],
        "eve": ["eve.tar.gz"],
    }
    assert [handed.learner for handed in discovery.find(root).learners] == sorted(learners_in(root))


@pytest.mark.parametrize("given", ["", "submitted"])
def test_nbgraders_layout_is_known(lay, given):
    """The students are found from the course's root or `submitted`, in all assignments."""
    root = lay(
        *(f"submitted/ada/ps1/{BOOK}", "submitted/ada/ps2/a.ipynb", "submitted/bob/ps1/work.zip"),
        *("source/ps1/a.ipynb", "release/ps1/a.ipynb", "gradebook.db", "nbgrader_config.py"),
    )

    assert learners_in(root / given) == (
        {"ada": ["ada"], "bob": ["bob/ps1/work.zip"]}
        if given
        else {"ada": ["submitted/ada"], "bob": ["submitted/bob/ps1/work.zip"]}
    )


def test_files_from_canvas_are_put_together(lay):
    """All files of one learner are one submission, which is late if one of them is."""
    root = lay(
        "lovelaceada_12_101_03_the_user_model.ipynb",
        "lovelaceada_LATE_12_102_my_app.zip",
        "hopper_13_103_submission.zip",
    )
    ada = discovery.find(root).learners[1]

    assert learners_in(root)["hopper"] == ["hopper_13_103_submission.zip"]
    assert len(ada.paths) == 2
    assert (ada.learner, ada.late, ada.note) == ("lovelaceada", True, "")


def test_the_newest_of_one_file_counts(lay):
    """Canvas's -2 replaces -1, and -10 replaces both; a note says so."""
    root = lay(*(f"ada_1_{n}0_work{v}.zip" for n, v in enumerate(["-2", "-10", "-1", ""], 1)))
    ada = discovery.find(root).learners[0]

    assert learners_in(root) == {"ada": ["ada_1_20_work-10.zip"]}
    assert ada.prefix == "ada_1_20_"
    assert ada.note == (
        "'work-10.zip' counts, and not the older 'work.zip', 'work-1.zip', 'work-2.zip'."
    )


def test_moodles_folders_are_known(lay):
    """A folder of notebooks is read as it is; from one with only a zip, the zip is read."""
    root = lay(f"Ada L_12_{MOODLE}/{BOOK}", f"Bob M_13_{MOODLE}/submission.zip")

    assert learners_in(root) == {
        "Ada L": [f"Ada L_12_{MOODLE}"],
        "Bob M": [f"Bob M_13_{MOODLE}/submission.zip"],
    }


def test_moodles_files_are_put_together(lay):
    """Files that Moodle did not put into folders are grouped by learner."""
    root = lay(f"Ada L_12_{MOODLE}{BOOK}", f"Ada L_12_{MOODLE}my_app.zip")

    assert len(learners_in(root)["Ada L"]) == 2


def test_online_text_is_passed_over(lay):
    """Online text is ignored beside a file; if it is all there is, a note says so."""
    text = "assignsubmission_onlinetext_/onlinetext.html"
    root = lay(f"Ada_12_{MOODLE}/a.zip", f"Ada_12_{text}", f"Bob_13_{text}", "cyd_14_text.html")
    ada, bob, cyd = discovery.find(root).learners

    assert learners_in(root)["Ada"] == [f"Ada_12_{MOODLE}/a.zip"] and ada.note == ""
    assert bob.note == cyd.note == "Only text was typed into the website; no file was handed in."
    assert reader.read(*bob.paths).status == "no-submission"


def test_names_that_differ_in_case_are_told_apart(lay):
    """Of two names that differ only in case, which overrides read as one, the second gets [2]."""
    if os.path.exists(lay("Ada/") / "ada"):
        pytest.skip("File names have no case here.")
    root = lay(f"Ada/{BOOK}", f"ada/{BOOK}", folder="two")

    assert learners_in(root) == {"Ada": ["Ada"], "ada [2]": ["ada"]}


def test_namesakes_are_told_apart(lay):
    """Two learners of the same name get their numbers added, so that all names differ."""
    root = lay(f"Ada_12_{MOODLE}/a.zip", f"Ada_13_{MOODLE}/a.zip", "Ada (13)/", "Ada.zip")

    assert list(learners_in(root)) == ["Ada", "Ada (12)", "Ada (13)", "Ada (13) [2]"]


GRADESCOPE = """---
submission_123:
  :submitters:
  - :name: "Zo\\xEB O'Neill"
    :sid: '007'
    :email: zoe@example.org
  :created_at: !ruby/object:Time 2026-03-01 10:00:00 -08:00
submission_45:
  :submitters:
  - :name: Ada
    :sid: 12
  - :name: Bob
submission_6:
  :submitters:
  - :name: "Zo\\xEB O'Neill"
    :sid: ''
"""


@pytest.mark.parametrize(
    ("metadata", "learners"),
    [
        (
            GRADESCOPE,
            {"Ada and Bob": "", "Zoë O'Neill (007)": "007", "Zoë O'Neill (submission_6)": ""},
        ),
        ("- no\n- list", {"submission_123": "", "submission_45": "", "submission_6": ""}),
        ("[" * 20_000, {"submission_123": "", "submission_45": "", "submission_6": ""}),
    ],
    ids=["export", "other", "broken"],
)
def test_gradescopes_folders_are_learners(lay, metadata, learners):
    """Each folder of an export is one submission; the list beside them names the learner."""
    root = lay(*(f"submission_{number}/{BOOK}" for number in (123, 45, 6)))
    (root / "submission_metadata.yml").write_text(metadata, encoding="utf-8")
    reading = discovery.find(root)

    assert {each.learner: each.number for each in reading.learners} == learners
    assert reading.passed_over == ("submission_metadata.yml",)


@pytest.mark.parametrize("parent", ["confirm", "confirm-submissions"])
def test_clones_lose_the_name_of_the_assignment(lay, parent):
    """Clones named assignment-user are named by user if the parent has that name, too."""
    names = ("confirm-ada-l/my_app/a.py", "confirm-ada-k/.git/HEAD", "confirm-ada-k/a.ipynb")

    assert list(learners_in(lay(*names, folder=parent))) == ["ada-k", "ada-l"]
    assert list(learners_in(lay(*names, folder="other"))) == ["confirm-ada-k", "confirm-ada-l"]


@pytest.mark.parametrize(
    "names",
    [
        *(["my_app/app/models.py"], [f"notebooks/{BOOK}"], ["app/models.py", "migrations/a.py"]),
        *([BOOK, "other/a.txt"], ["03_the_user_model (1).ipynb"], ["confirmlab.json"]),
        *([BOOK, "03_the_user_model_ada.ipynb"], ["03_the_user_model-Copy1.ipynb"]),
        ["03_the_user_model_ada_v2.ipynb", "03_the_user_model_ada.ipynb"],
        ["03_the_user_model_ada.ipynb", "05_the_confirmation_link_x.ipynb"],
    ],
)
def test_a_submission_itself_is_one(lay, names):
    """A folder that contains an app or the course's notebooks is one learner's."""
    assert learners_in(lay(*names, folder="ada")) == {"ada": ["."]}


@pytest.mark.parametrize("name", ["ada.zip", "ada.ipynb", "ada.txt"])
def test_a_file_is_one_submission(lay, name):
    """A single file is one learner's; an unreadable one gets that status."""
    (handed,) = discovery.find(lay(name) / name).learners

    assert (handed.learner, handed.paths) == ("ada", (lay() / name,))


def test_a_wrapped_download_is_unwrapped(lay):
    """In a folder that contains only a download's folder, the download is found."""
    assert list(learners_in(lay("submissions/ada/a.ipynb", "submissions/bob.zip"))) == [
        "ada",
        "bob",
    ]
    assert list(learners_in(lay("x/ada_1_2_a.zip", folder="other"))) == ["ada"]


def test_one_learner_is_no_wrapper(lay):
    """The only folder of a class of one is that learner's."""
    assert list(learners_in(lay("ada/hand-in/my_app/app/models.py"))) == ["ada"]


# A whole class in the place of one learner


def opened(path, layout=""):
    """Return the number of counted files of each learner, also for a zipped class."""
    with discovery.open_class(path, layout) as reading:
        return {source.learner: len(source.paths) for source in reading.learners}


CLASS = [f"l{number}_{number + 1}_{number + 50}_{BOOK}" for number in range(15)]


@pytest.mark.parametrize(
    "inside",
    [
        CLASS,
        [f"l{number}/{BOOK}" for number in range(15)],
        [f"l{number}.zip" for number in range(15)],
        [f"submissions/l{number}/my_app/a.py" for number in range(15)],
    ],
    ids=["canvas", "folders", "zips", "wrapped"],
)
def test_a_class_zip_in_the_folder_is_a_class(lay, inside):
    """If a folder contains one zip of a class, its fifteen learners are found."""
    root = lay()
    packed(root / "week 3.zip", *inside)

    assert opened(root) == {f"l{number}": 1 for number in range(15)}


def test_downloads_of_two_assignments_are_joined(lay):
    """A learner in both zips is one learner with the files of both."""
    root = lay()
    packed(root / "hw3.zip", *CLASS)
    packed(root / "hw5.zip", *(name.replace("03_the_user_model", "05_x") for name in CLASS[:4]))

    assert Counter(opened(root).values()) == {2: 4, 1: 11}


def test_of_one_file_in_two_downloads_that_of_the_later_counts(lay, tmp_path, monkeypatch):
    """Of a file in the zips of weeks 9 and 10, that of week 10 counts, wherever they are put."""
    root, places = lay(), iter("ab")
    for week in (9, 10):
        people = enumerate(["ada", "bob", "cy"], 1)
        names = (f"{who}_{n}_{week}0_submission.zip" for n, who in people)
        packed(root / f"week-{week}.zip", *names)
    monkeypatch.setattr(
        discovery.tempfile,
        "TemporaryDirectory",
        lambda prefix: nullcontext(str(tmp_path / next(places))),
    )
    with discovery.open_class(root) as reading:
        ada = reading.learners[0]

    assert [path.name for path in ada.paths] == ["ada_1_100_submission.zip"]
    assert ada.prefix == "ada_1_100_"


def test_parts_of_one_download_are_joined(lay):
    """A download that Google Drive split is one class, even if a part has one learner."""
    root, name = lay(), "drive-download-20260301T101010Z-1-00{}.zip"
    packed(root / name.format(1), f"Hw/Ada - {BOOK}", f"Hw/Bob - {BOOK}")
    packed(root / name.format(2), f"Hw/Cy - {BOOK}", "Hw/Ada - 05_the_confirmation_link.ipynb")
    packed(root / name.format(3), f"Dee/{BOOK}")

    assert opened(root) == {"Ada": 2, "Bob": 1, "Cy": 1, "Dee": 1}


@pytest.mark.parametrize("stem", ["Submitted files", "OneDrive_1_3-1-2026"])
def test_a_zip_of_teams_may_have_the_name_of_its_folder(lay, stem):
    """Learners are those below 'Submitted files', even if a path repeats that name."""
    root = lay()
    packed(root / f"{stem}.zip", *(f"Submitted files/{u}/Lab 3/Version 1/{BOOK}" for u in "ab"))

    assert opened(root) == {"a": 1, "b": 1}


def test_a_class_zip_beside_its_own_folder_counts_once(lay):
    """Of a class zip and its unpacked folder, only the folder is read."""
    root = lay(*(f"all/{name}" for name in CLASS))
    packed(root / "all.zip", *CLASS)

    with discovery.open_class(root) as reading:
        assert len(reading.learners) == 15
        assert reading.passed_over == ("all.zip",)


def test_a_class_zip_beside_learners_is_refused(lay):
    """A class zip beside learners' folders is refused; --layout overrides that."""
    root = lay(f"zoe/{BOOK}", "README.md")
    packed(root / "class.zip", *CLASS)

    with pytest.raises(SubmissionError, match="'class.zip' holds the work of a whole class"):
        opened(root)
    assert opened(root, "folders") == {"class": 1, "zoe": 1}


def test_small_downloads_beside_something_else_are_refused(lay):
    """Even two learners of a platform are a class, and are not merged into one learner."""
    day = "2026-03-01-10-00-00"
    names = [f"bb/gradebook_CS_Hw_{who}_attempt_{day}_{BOOK}" for who in ("ada", "bob")]
    names += [f"d2l/12-{n} - {who} - Mar 1, 2026 1012 AM/{BOOK}" for n, who in enumerate("AB")]

    with pytest.raises(SubmissionError, match="'bb', 'd2l' are whole classes beside 'more'"):
        opened(lay(*names, "more/cleo.zip", f"more/dan/{BOOK}"))


@pytest.mark.parametrize(
    ("names", "learners"),
    [
        ([f"x/confirm-submissions/confirm-{u}/my_app/a.py" for u in "ab"], ["a", "b"]),
        ([f"{s}/{s}{u}/{BOOK}" for s in "AB" for u in "12"], ["A1", "A2", "B1", "B2"]),
        ([f"x/y/{u}_1_2_{BOOK}" for u in "ab"], ["a", "b"]),
        ([f"ada/old/{BOOK}", f"ada/new/{BOOK}", f"bob/{BOOK}"], ["ada", "bob"]),
    ],
    ids=["clones", "sections", "deep", "copies"],
)
def test_the_folder_above_a_class_leads_to_it(lay, names, learners):
    """A class is found inside other folders; a learner with a spare copy stays one learner."""
    assert list(opened(lay(*names))) == learners


def test_copies_without_a_name_are_refused(lay):
    """Notebooks whose names differ only by a number are not taken for one learner's."""
    root = lay(BOOK, *(f"03_the_user_model ({number}).ipynb" for number in (1, 2, 3)))

    with pytest.raises(SubmissionError, match="no file name tells whose each is"):
        opened(root)


# Downloads of other platforms: (files, learners with their counted files)

DAY = "2026-03-0{}-10-00-00"
SEVERAL = {
    "blackboard": (
        [
            f"gradebook_CS_Hw_ada_attempt_{DAY.format(1)}.txt",
            f"gradebook_CS_Hw_bob_attempt_{DAY.format(1)}_{BOOK}",
            f"gradebook_CS_Hw_bob_attempt_{DAY.format(2)}_{BOOK}",
            f"gradebook_CS_Hw_bob_attempt_{DAY.format(3)}.txt",
            f"gradebook_CS_Hw_cy_x_attempt_{DAY.format(1)}_a.zip",
        ],
        {"ada": [], "bob": [BOOK], "cy_x": ["a.zip"]},
        "'gradebook_CS_Hw_bob_attempt_2026-03-01-10-00-00_03_the_user_model.ipynb'. "
        "A later attempt has",
    ),
    "blackboard-names": (
        [
            f"Hw_ada_attempt_{DAY.format(1)}_my_attempt_{DAY.format(2)}_a.zip",
            f"Hw_bob_attempt_{DAY.format(1)}/{BOOK}",
        ],
        {
            "ada": [f"my_attempt_{DAY.format(2)}_a.zip"],
            "bob": [f"Hw_bob_attempt_{DAY.format(1)}"],
        },
        "",
    ),
    "blackboard-logins": (
        [f"My_Hw_{login}_attempt_{DAY.format(1)}_a.zip" for login in ("ada", "o_brien")],
        {"ada": ["a.zip"], "o_brien": ["a.zip"]},
        "",
    ),
    "blackboard-full-names": (
        [f"My_Hw_{login}_attempt_{DAY.format(1)}_a.zip" for login in ("al_bo", "cy_bo", "di_fu")],
        {"al_bo": ["a.zip"], "cy_bo": ["a.zip"], "di_fu": ["a.zip"]},
        "",
    ),
    "blackboard-some-do-both": (
        [
            f"CS_Lab{n}_{login}_attempt_{DAY.format(1)}_{n}.zip"
            for n, logins in ((3, ("ada", "bob")), (5, ("ada", "cy")))
            for login in logins
        ],
        {"ada": ["3.zip", "5.zip"], "bob": ["3.zip"], "cy": ["5.zip"]},
        "",
    ),
    "blackboard-spaces": (
        [
            f"CS_Lab {n}_{login}_attempt_{DAY.format(1)}_a.zip"
            for n, login in ((3, "ada"), (5, "cy"))
        ],
        {"ada": ["a.zip"], "cy": ["a.zip"]},
        "",
    ),
    "blackboard-tasks": (
        [
            f"{task}_{login}_attempt_{DAY.format(1)}_{task}.zip"
            for task in ("Hw", "Hw_2")
            for login in ("ada", "bob")
        ],
        {"ada": ["Hw_2.zip", "Hw.zip"], "bob": ["Hw_2.zip", "Hw.zip"]},
        "",
    ),
    "lessons": (
        [f"Lesson {number}/{name}/{BOOK}" for number in (3, 5) for name in ("ada", "bob")],
        {"ada": ["ada", "ada"], "bob": ["bob", "bob"]},
        "",
    ),
    "brightspace": (
        [
            *(f"12-3 - Ada L - Mar {day}, 2026 1012 AM/{BOOK}" for day in (1, 2)),
            f"12-3 - Bob - 3 March 2026 112 PM - {BOOK}",
            "index.html",
        ],
        {"Ada L": ["12-3 - Ada L - Mar 2, 2026 1012 AM"], "Bob": [BOOK]},
        "The last attempt counts (2026-03-02 10:12), and not '12-3 - Ada L - Mar 1, 2026 1012 AM'.",
    ),
    "brightspace-months": (
        [
            f"12-3 - Anne - Marie - 1 mars 2026 1012/{BOOK}",
            f"12-3 - Anne - Marie - 10 janvier 2026 1012/{BOOK}",
        ],
        {"Anne - Marie": ["12-3 - Anne - Marie - 1 mars 2026 1012"]},
        "The last attempt counts (2026-03-01 10:12), and not",
    ),
    "brightspace-groups": (
        [f"Group {number} - Mar 1, 2026 1012 AM/{BOOK}" for number in (1, 2)],
        {f"Group {number}": [f"Group {number} - Mar 1, 2026 1012 AM"] for number in (1, 2)},
        "",
    ),
    "undated": (
        [f"12-3 - Ada - {day} kuu 2026 1012/{BOOK}" for day in (1, 2)],
        {"Ada": [f"12-3 - Ada - {day} kuu 2026 1012" for day in (1, 2)]},
        "The last attempt cannot be told; all were read: '12-3 - Ada - 1",
    ),
    "brightspace-french": (
        [f"12-3 - Éva - {day} mars 2026 10 h 12/{BOOK}" for day in (1, 10)],
        {"Éva": ["12-3 - Éva - 10 mars 2026 10 h 12"]},
        "The last attempt counts (2026-03-10 10:12), and not",
    ),
    "brightspace-numbers": (
        [
            *(f"12-3 - Ada - {date}-2026 1012/{BOOK}" for date in ("05-04", "06-03")),
            f"13-3 - Bob - 31-03-2026 1012/{BOOK}",
        ],
        {
            "Ada": ["12-3 - Ada - 05-04-2026 1012"],
            "Bob": ["13-3 - Bob - 31-03-2026 1012"],
        },
        "The last attempt counts (2026-04-05 10:12), and not '12-3 - Ada - 06-03-2026 1012'.",
    ),
    "partly-undated": (
        [f"12-3 - Ada - {day} 2026 1012/{BOOK}" for day in ("3 kuu", "4 mars")],
        {"Ada": [f"12-3 - Ada - {day} 2026 1012" for day in ("3 kuu", "4 mars")]},
        "The last attempt cannot be told; all were read: '12-3 - Ada - 3 kuu",
    ),
    "undated-files": (
        [f"12-3 - Ada - 3 kuu 2026 1012 - {name}.zip" for name in "ab"],
        {"Ada": ["a.zip", "b.zip"]},
        "",
    ),
    "moodle-groups": (
        [
            f"Group 1-Ada L_1_{MOODLE}/{BOOK}",
            f"Group 1-Anne-Marie_2_{MOODLE}/{BOOK}",
            f"Default group-Bob_3_{MOODLE}/{BOOK}",
        ],
        {
            "Ada L": [f"Group 1-Ada L_1_{MOODLE}"],
            "Anne-Marie": [f"Group 1-Anne-Marie_2_{MOODLE}"],
            "Bob": [f"Default group-Bob_3_{MOODLE}"],
        },
        "",
    ),
    "moodle-double-names": (
        [f"{name}_1_{MOODLE}/{BOOK}" for name in ("Anne-Marie S", "Jean-Luc P")],
        {name: [f"{name}_1_{MOODLE}"] for name in ("Anne-Marie S", "Jean-Luc P")},
        "",
    ),
    "moodle-student-numbers": (
        [f"z123456{number}_Ada L_{MOODLE}/{BOOK}" for number in (1, 2)],
        {f"Ada L (z123456{n})": [f"z123456{n}_Ada L_{MOODLE}"] for n in (1, 2)},
        "",
    ),
    "canvas-and-by-hand": (
        ["ada_12_03_the_user_model.ipynb", "ada_12_456_my_app.zip", f"bob_13_457_{BOOK}"],
        {"ada": ["my_app.zip", BOOK], "bob": [BOOK]},
        "",
    ),
    "by-hand": (
        [f"ada_{BOOK}", "ada 05_the_confirmation_link.ipynb", "bob.zip", f"cy_team_12_{BOOK}"],
        {"ada": ["05_the_confirmation_link.ipynb", BOOK], "bob": ["bob.zip"], "cy_team": [BOOK]},
        "",
    ),
    "by-hand-after": (
        [
            *(f"03_the_user_model{name}.ipynb" for name in ("_ada", "-Bob B", " zoe")),
            "05_the_confirmation_link_ada.ipynb",
        ],
        {
            "Bob B": [BOOK],
            "ada": [BOOK, "05_the_confirmation_link.ipynb"],
            "zoe": [BOOK],
        },
        "",
    ),
    "by-hand-versions": (
        [f"ada/03_the_user_model_{name}.ipynb" for name in ("red", "green", "blue")]
        + [f"bob/{BOOK}"],
        {"ada": ["ada"], "bob": ["bob"]},
        "",
    ),
    "by-hand-zips": (
        ["ada_my_app.zip", f"ada_{BOOK}", "bob_13_submission.zip"],
        {"ada": [BOOK, "my_app.zip"], "bob": ["submission.zip"]},
        "",
    ),
    "deep": (
        [f"a/b/c/d/Hw {n}/{name} - {BOOK}" for n in (1, 2) for name in ("Ada", "Bob")],
        {"Ada": [BOOK], "Bob": [BOOK]},
        "",
    ),
    "moodle-three-names": (
        [f"{name}_1_{MOODLE}/{BOOK}" for name in ("Anna Maria-Luise K", "Jo Ann-Marie P")],
        {n: [f"{n}_1_{MOODLE}"] for n in ("Anna Maria-Luise K", "Jo Ann-Marie P")},
        "",
    ),
    "github-zips": (
        ["lab-ada-main.zip", "lab-o-b-main.zip", "lab-o-b-main (1).zip", "lab-cy-master.zip"],
        {
            "ada": ["lab-ada-main.zip"],
            "cy": ["lab-cy-master.zip"],
            "o-b": ["lab-o-b-main (1).zip"],
        },
        "'lab-o-b-main (1).zip' counts, and not the older",
    ),
    "github-one-of-several": (
        [f"lab-main (1)/{BOOK}", f"zoe/{BOOK}"],
        {"lab-main (1)": ["lab-main (1)"], "zoe": ["zoe"]},
        "",
    ),
    "github-forks": (
        ["lab-main.zip", "lab-main (1).zip"],
        {"lab": ["lab-main.zip"], "lab (1)": ["lab-main (1).zip"]},
        "",
    ),
    "nbgrader-course": (
        [f"{step}/ada/confirmlab/{BOOK}" for step in ("autograded", "inbound", "submitted")],
        {"ada": ["ada"]},
        "",
    ),
    "plain": ([f"Ada/{BOOK}", "Bob/my_app/app/models.py"], {"Ada": ["Ada"], "Bob": ["Bob"]}, ""),
    "canvas-quiz": (
        [f"{name}_question_4_6_{BOOK}" for name in ("loveada12", "byronbob13")],
        {"byronbob": [BOOK], "loveada": [BOOK]},
        "",
    ),
    "sakai": (
        [
            f"Hw/Lovelace, Ada(ada)/Submission attachment(s)/{BOOK}",
            "Hw/Lovelace, Ada(ada)/timestamp.txt",
            "Hw/Cole, Cy(cy)/timestamp.txt",
            "Hw/grades.csv",
        ],
        {"Cole, Cy": ["Cole, Cy(cy)"], "Lovelace, Ada": ["Submission attachment(s)"]},
        "",
    ),
    "sakai-anonymous": (
        [
            f"Hw/5e9a anonymous/Submission attachment(s)/{BOOK}",
            f"Hw/77aa anonymous/Submission attachment(s)/{BOOK}",
            "Hw/88 anonymous/timestamp.txt",
        ],
        {
            "5e9a anonymous": ["Submission attachment(s)"],
            "77aa anonymous": ["Submission attachment(s)"],
            "88 anonymous": ["88 anonymous"],
        },
        "",
    ),
    "sakai-flat": (
        [
            *(f"Hw/Love, Ada(ada)_{part}" for part in ("comments.txt", "_submissionText.html")),
            f"Hw/Love, Ada(ada)_Submission attachment(s)_{BOOK}",
            "Hw/Cher, (ch)_comments.txt",
            "Hw/grades.csv",
        ],
        {"Cher": [], "Love, Ada": [BOOK]},
        "There is only the receipt 'Cher, (ch)_comments.txt', and no file.",
    ),
    "sakai-translated": (
        [f"Hw/{name}/Adjuntos del envío/{BOOK}" for name in ("Love, Ada(ada)", "Li, Bo(bo)")],
        {"Li, Bo": ["Li, Bo(bo)"], "Love, Ada": ["Love, Ada(ada)"]},
        "",
    ),
    "teams-japanese": (
        [f"提出済みファイル/Ada/課題/バージョン {version}/{BOOK}" for version in (1, 2)],
        {"Ada": ["バージョン 2"]},
        "The last attempt counts (number 2), and not 'バージョン 1'.",
    ),
    "teams": (
        [
            *(f"Submitted files/Ada L/Hw/Version {number}/{BOOK}" for number in (2, 10)),
            f"Submitted files/Bob/Hw/{BOOK}",
            f"Working files/Ada L/Hw/{BOOK}",
        ],
        {"Ada L": ["Version 10"], "Bob": ["Hw"]},
        "The last attempt counts (number 10), and not 'Version 2'.",
    ),
    "teams-tasks": (
        [f"Submitted files/Ada L/Hw {number}/Version 1/{number}.ipynb" for number in (3, 5)],
        {"Ada L": ["Version 1", "Version 1"]},
        "",
    ),
    "teams-unversioned": (
        [f"{kind} files/{name}/Hw/{BOOK}" for kind in ("Submitted", "Working") for name in "ab"],
        {"a": ["Hw"], "b": ["Hw"]},
        "",
    ),
    "teams-translated": (
        [
            *(f"Eingereichte Dateien/Ada L/Hw/Version {number}/{BOOK}" for number in (1, 2)),
            f"Eingereichte Dateien/Bob/Hw/Version 1/{BOOK}",
            f"Arbeitsdateien/Bob/Hw/{BOOK}",
        ],
        {"Ada L": ["Version 2"], "Bob": ["Version 1"]},
        "The last attempt counts (number 2), and not 'Version 1'.",
    ),
    "ilias-teams": (
        [
            f"Hw/Abgaben/Team 1/Love_Ada_al_12/20260301101010_{BOOK}",
            "Hw/Abgaben/Team 1/Byte_Bob_bb_13/",
            f"Hw/Abgaben/Team 2/Li_Bo_bo_14/{BOOK}",
            f"Hw/Abgaben/Team 3/{BOOK}",
            "Hw/status.csv",
        ],
        {"Byte Bob": ["Team 1"], "Li Bo": ["Team 2"], "Love Ada": ["Team 1"], "Team 3": ["Team 3"]},
        "",
    ),
    "ilias-names": (
        [
            f"multi_feedback_Hw_5/{name}/{BOOK}"
            for name in ("De_la_Cruz_Ana_ac_7", "Byte_Bob_bb_13")
        ],
        {"Byte Bob": ["Byte_Bob_bb_13"], "De la Cruz Ana": ["De_la_Cruz_Ana_ac_7"]},
        "",
    ),
    "ilias": (
        [f"Hw/Love_Ada_al_12/20260301101010_{BOOK}", f"Hw/Byte_Bob_bb_13/{BOOK}", "Hw/status.csv"],
        {"Byte Bob": ["Byte_Bob_bb_13"], "Love Ada": ["Love_Ada_al_12"]},
        "",
    ),
    "codegrade": (
        [f"Ada L - 2026-03-0{day}T13:41:26.32/{BOOK}" for day in (1, 2)],
        {"Ada L": ["Ada L - 2026-03-02T13:41:26.32"]},
        "The last attempt counts (2026-03-02 13:41)",
    ),
    "codegrade-dashes": (
        [f"Ada L - 2026-03-0{day}T13-41-26.324712/{BOOK}" for day in (1, 2)],
        {"Ada L": ["Ada L - 2026-03-02T13-41-26.324712"]},
        "The last attempt counts (2026-03-02 13:41)",
    ),
    "nbgrader-inbound": (
        [f"inbound/ada+hw+2026-03-0{day} 00:37:46 UTC/{BOOK}" for day in (1, 2)],
        {"ada": ["ada+hw+2026-03-02 00:37:46 UTC"]},
        "The last attempt counts (2026-03-02 00:37)",
    ),
    "edx": (
        [
            f"[1]A, [1]B, [1]C/[1] - ada - {BOOK}",
            "[1]A, [1]B, [1]C/[1] - bob - prompt_0.txt",
            "[1]A, [2]B, [1]C/[1] - ada - 05_the_confirmation_link.ipynb",
            "submissions.csv",
        ],
        {"ada": [BOOK, "05_the_confirmation_link.ipynb"], "bob": ["prompt_0.txt"]},
        "Only text was typed into the website; no file was handed in.",
    ),
    "google-classroom": (
        [f"Ada L - {BOOK}", f"Bob - {BOOK}", "Bob - 03_the_user_model (1).ipynb", "Cy - end.zip"],
        {"Ada L": [BOOK], "Bob": ["03_the_user_model (1).ipynb"], "Cy": ["end.zip"]},
        "'03_the_user_model (1).ipynb' counts, and not the older",
    ),
    "google-forms": (
        [
            "03_the_user_model - Ada L.ipynb",
            "03_the_user_model (1) - Bob.ipynb",
            "my_app - Dr. J. Doe.zip",
        ],
        {"Ada L": [BOOK], "Bob": ["03_the_user_model (1).ipynb"], "Dr. J. Doe": ["my_app.zip"]},
        "",
    ),
}


@pytest.mark.parametrize(("names", "learners", "note"), SEVERAL.values(), ids=SEVERAL)
def test_each_platforms_download_is_read_as_a_person_would(lay, names, learners, note):
    """The last attempt counts, others are noted, and a learner with only a receipt is listed."""
    root = lay(*names)
    with discovery.open_class(root) as reading:
        assert {each.learner: list(each.files) for each in reading.learners} == learners
        assert any(note in each.note for each in reading.learners)
    with discovery.open_class(packed(root.parent / "all.zip", *names)) as reading:
        assert {each.learner: list(each.files) for each in reading.learners} == learners


def test_one_person_is_one_learner(lay):
    """Decomposed umlauts and upper-case endings do not make a second learner."""
    apart, joined = "Zoe\u0308", "Zo\u00eb"
    root = lay(f"{apart}_1_{MOODLE}/{BOOK}", f"{joined}_1_{MOODLE}{BOOK}", "BOB.IPYNB", "cyd.ZIP")

    assert list(learners_in(root)) == ["BOB", joined, "cyd"]


@pytest.mark.parametrize("number", ["{}", "9-{}"], ids=["moodle", "brightspace"])
def test_numbers_of_assignments_do_not_part_people(lay, number):
    """If each assignment numbers people again, a name in two downloads is one learner."""
    form = {"{}": "{1}_{0}_assignsubmission_file_", "9-{}": "{0} - {1} - Mar 1, 2026 1012 AM"}
    people = [("3", 1, "Ada"), ("3", 2, "Bob"), ("3", 3, "Bob"), ("5", 4, "Ada"), ("5", 5, "Bob")]
    root = lay(
        *(f"{week}/{form[number].format(number.format(n), who)}/{BOOK}" for week, n, who in people)
    )
    counted = opened(root)

    assert (counted["Ada"], len(counted)) == (2, 4)


def test_two_logins_are_two_learners(lay):
    """If a platform gives logins, namesakes with different logins are two learners."""
    root = lay(*(f"Hw/Love, Ada(al{n})/Submission attachment(s)/{BOOK}" for n in (1, 2)))

    assert list(opened(root)) == ["Love, Ada (al1)", "Love, Ada (al2)"]


def test_logins_part_people_of_two_downloads(lay):
    """Namesakes with logins keep their own files, even if assignments number again."""
    people = ((3, "z1111111"), (5, "z2222222"))
    root = lay(*(f"{week}/{login}_Ada_{MOODLE}/{BOOK}" for week, login in people))
    lay(*(f"{week}/z3333333_Bob_{MOODLE}/{BOOK}" for week in (3, 5)))

    assert opened(root) == {"Ada (z1111111)": 1, "Ada (z2222222)": 1, "Bob": 2}


def test_a_zip_of_macos_keeps_its_letters(tmp_path):
    """Names in UTF-8 are decoded even if the zip does not declare the encoding."""
    path = packed(tmp_path / "class.zip", f"Zoë/{BOOK}", f"Jürgen/{BOOK}")
    data = path.read_bytes().replace(b"\0\x08\x08\0", b"\0\0\x08\0")
    path.write_bytes(data)

    assert data != packed(tmp_path / "other.zip", f"Zoë/{BOOK}").read_bytes()
    assert list(opened(path)) == ["Jürgen", "Zoë"]


def test_one_layout_can_be_asked_for(lay):
    """A named layout is the only one tried; if nothing fits, an error says so."""
    root = lay(f"ada_1_2_{BOOK}", f"bob_3_4_{BOOK}")

    assert list(opened(root, "canvas")) == ["ada", "bob"]
    assert list(opened(root, "folders")) == [f"ada_1_2_{BOOK[:-6]}", f"bob_3_4_{BOOK[:-6]}"]
    with pytest.raises(SubmissionError, match="has a name of --layout moodle, such as"):
        opened(root, "moodle")


@pytest.mark.parametrize("name", ["ada.rar", "ada.7z", "ada.pdf", "ada.tar.gz", "ada.docx"])
def test_what_cannot_be_read_was_handed_in(lay, name):
    """A learner with only an unreadable file is listed as having handed in."""
    (ada, _) = discovery.find(lay(name, f"bob/{BOOK}")).learners

    assert ada.learner == "ada"
    assert reader.read(*ada.paths).status == "unreadable"


# Which files of a learner are graded together


@pytest.mark.parametrize(
    ("names", "counted", "noted"),
    [
        ([BOOK, "my_app.zip"], ["ada", "ada/my_app.zip"], ""),
        (["my_app/a.py", "old.zip"], ["ada"], "The app in the folder counts; 'old.zip' beside"),
        (["a.zip", "b.zip", "c.pdf"], ["ada/a.zip", "ada/b.zip"], ""),
        (["a.zip", "a (1).zip"], ["ada/a (1).zip"], "'a (1).zip' counts, and not"),
        (["c.pdf"], ["ada"], ""),
    ],
)
def test_which_files_are_read_together(lay, names, counted, noted):
    """Notebooks are read with zips, an app without them, and of each file the newest."""
    root = lay(*(f"ada/{name}" for name in names), "bob/")

    assert learners_in(root)["ada"] == counted
    assert discovery.find(root).learners[0].note.startswith(noted)


def test_an_unpacked_zip_counts_once(lay):
    """Of a zip and its unpacked folder, only the folder is read."""
    root = lay("ada.zip", "ada/my_app/a.py")

    assert learners_in(root) == {"ada": ["ada"]}
    assert (
        discovery.find(root).learners[0].note == "The folder counts, and not 'ada.zip' beside it."
    )


def test_very_many_files_are_too_many(lay, monkeypatch):
    """Only a limited number of files is read per learner, and a note says so."""
    monkeypatch.setattr(learner_files, "FILES", 2)
    (ada,) = discovery.find(
        lay(*(f"ada_1_{number}_{number}.zip" for number in range(1, 6)))
    ).learners

    assert len(ada.paths) == 2
    assert ada.note == "There are 5 files; the first 2 were read."


# Irrelevant and unreadable files


def test_junk_is_passed_over(lay):
    """Files of systems, editors and graders are ignored."""
    root = lay(
        *(".DS_Store", ".git/HEAD", "__MACOSX/._ada.zip", "Thumbs.db", ".gitkeep", "._ada.zip"),
        *("gradebook.db", "grades.csv", "README.md", "graded/results.jsonl", "ada/.DS_Store"),
    )

    assert learners_in(root) == {"ada": ["ada"]}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "'nowhere' cannot be read (No such file"),
        ("", "No submission was found in 'class'"),
    ],
)
def test_a_folder_without_work_is_reported(lay, name, said):
    """The error for a missing or empty folder says what to give instead."""
    with pytest.raises(SubmissionError) as caught:
        discovery.find(lay() / name)

    assert str(caught.value).startswith(said) and "; give the folder" in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_an_unreadable_folder_is_reported(lay):
    """An unreadable class folder is an error; a learner's is that learner's status."""
    root = lay("ada/", f"bob/{BOOK}")
    (root / "ada").chmod(0)
    ada, _ = discovery.find(root).learners
    root.chmod(0)

    assert reader.read(*ada.paths).status == "unreadable"
    with pytest.raises(SubmissionError, match="cannot be read"):
        discovery.find(root)
    root.chmod(0o700)


def test_links_are_not_followed(lay, tmp_path):
    """A link in the place of a submission is listed, and its status says that it is a link."""
    root = lay("bob/a.ipynb")
    (root / "ada.zip").symlink_to(tmp_path)
    (root / "loop.zip").symlink_to(root / "loop.zip")
    ada = discovery.find(root).learners[0]

    assert list(learners_in(root)) == ["ada", "bob", "loop"]
    assert "is a link or a special file" in reader.read(*ada.paths).damage[0]


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "=HYPERLINK(1)", "CON", "é" * 100])
def test_hostile_names_are_kept(lay, name):
    """A learner's name is kept as it is; the reports escape it."""
    assert list(learners_in(lay(f"{name}/a.ipynb", "bob.zip"))) == sorted([name, "bob"])


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_can_always_be_written(lay):
    """Names with invalid bytes or only spaces do not break a report."""
    root = lay(" .zip")
    os.mkdir(os.fsencode(root) + b"/a\xff")

    assert list(learners_in(root)) == ["a\ufffd", "nameless"]


def test_a_large_class_is_found_by_names_alone(lay, monkeypatch):
    """No file is opened, however many there are."""
    root = lay(*(f"l{number}_{number + 1}_{number + 9}_a.zip" for number in range(300)))
    monkeypatch.setattr("builtins.open", None)

    assert len(discovery.find(root).learners) == 300


# Zipped classes


def learners(path):
    with discovery.open_class(path) as found:
        handed = found.learners
        return {each.learner: reader.read(*each.paths, learner=each.learner) for each in handed}


@pytest.mark.parametrize(
    "names",
    [
        [f"ada/{BOOK}", f"bob/my_app/{BOOK}"],
        [f"class/ada/{BOOK}", f"class/bob/{BOOK}", "__MACOSX/class/._ada"],
        [f"ada_1_2_{BOOK}", f"bob_2_3_{BOOK}"],
        [f"Ada_1_{MOODLE}/{BOOK}".lower(), f"bob_2_{MOODLE}/{BOOK}"],
        [f"submitted/ada/ps1/{BOOK}", f"submitted/bob/ps1/{BOOK}"],
    ],
)
def test_a_zipped_class_is_found(tmp_path, names):
    """A zipped download gives the same learners as its folder."""
    read = learners(packed(tmp_path / "class.zip", *names))

    assert {name: one.status for name, one in read.items()} == {"ada": "ok", "bob": "ok"}


def test_a_zip_of_zips_is_found(tmp_path):
    """Learners' zips are read from a temporary folder, which is deleted afterwards."""
    app = skeleton.build(tmp_path / "my_app", {"welcome-line": "<p>Coo.</p>"})
    page = (app / "app/templates/main/index.html").read_text("utf-8")
    inner = packed(tmp_path / "inner.zip", ("my_app/app/templates/main/index.html", page))
    path = packed(tmp_path / "class.zip", ("ada_1_2_submission.zip", inner.read_bytes()))
    with discovery.open_class(path) as reading:
        (ada,) = reading.learners
        fills = reader.read(*ada.paths).fills

    assert fills == {"welcome-line": "<p>Coo.</p>"}
    assert not ada.paths[0].exists()


@pytest.mark.parametrize(
    "names", [[f"notebooks/{BOOK}"], [f"hand-in/my_app/{BOOK}"], [BOOK], ["thesis.txt"], []]
)
def test_one_learners_zip_is_not_unpacked(tmp_path, names):
    """A zip with one submission, or with nothing useful, is that learner's."""
    path = packed(tmp_path / "ada.zip", *names)

    with discovery.open_class(path) as reading:
        (ada,) = reading.learners
        assert (ada.learner, ada.paths) == ("ada", (path,))


def test_a_broken_zip_is_a_submission(tmp_path):
    """A file that cannot be opened gets a status, like any submission."""
    (tmp_path / "ada.zip").write_bytes(b"PK\x03\x04 oh no")

    assert learners(tmp_path / "ada.zip")["ada"].status == "unreadable"


def test_every_lesson_is_known_by_its_notebook():
    """A folder with all of the course's notebooks is one submission."""
    (handed,) = discovery.find(paths.in_kit("notebooks")).learners

    assert handed.learner == "notebooks"
