"""The table of layouts: how each learning platform names the files of a download.

To add a platform, add a row with a path (a regular expression for each part, "/" between them) and
examples. The groups of the expressions are explained in `name_layout`.
"""

from confirmlab.submissions.name_layout import Layout

_FILE = r"(?:.*\d\d_[a-z_]{5,}|.*submission|.*hand-?in|my_app|notebooks?).*"
_LATE = r"(?P<late>_LATE)?"
_DAY = (
    r"(?:\d{4}-\d\d-\d\d|\d\d?-\d\d?-\d{4}|\d{4}\D{1,3}\d{1,2}\D{1,3}\d{1,2}\D?"
    r"|[^-]*\d{1,2}[^-]{1,20}\d{4},?)"
)
_HOUR = r"\d{1,2}(?:[:._]| ?h ?)?\d\d(?:[:._]\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?"
_VERSION = (
    r"(?:Vers[a-zãóè]+|Verz[a-zió]+|Wersja|Sürüm|Έκδοση|Верс[а-яі]+|גירסה"
    r"|الإصدار|版本|バージョン|버전)"
)
_ILIAS = r"(?P<who>[^\W\d].*_[^_]+)_(?P<login>[^_]+)_(?P<number>\d+)"
_STAMP = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d"

LAYOUTS = (
    Layout(
        "moodle",
        "Moodle",
        # Some sites leave Moodle's number out, and write the learner's own before the name.
        r"(?:(?P<login>[a-z]?\d{5,})_)?(?P<who>.*?)(?:_(?P<number>\d+))?"
        r"_assignsubmission_(?:file|(?P<online>[a-z]+))(?:_(?P<rest>.*))?",
        "https://github.com/moodle/moodle mod/assign/locallib.php, download_submissions",
        {
            "Ada Lovelace_12_assignsubmission_file_": "Ada Lovelace",
            "Ada Lovelace_12_assignsubmission_file": "Ada Lovelace",
            "Ada_12_assignsubmission_file_a_1_2_b.zip": "Ada",
            "Ada_12_assignsubmission_onlinetext_onlinetext.html": "Ada",
            "Participant_12_assignsubmission_file_": "Participant",
            "z1234567_Ada Lovelace_assignsubmission_file_": "Ada Lovelace",
        },
        numbered_anew=True,
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
        # Course and assignment may have underscores, too; the login is the last part.
        rf"(?P<task>.+?)_(?P<login>[^_]+)_attempt_(?P<when>{_STAMP})(?:_(?P<rest>.+)|(?P<receipt>\.txt))?",
        "https://github.com/kwurst/bb-file-cleanup README.md",
        {
            "gradebook_CS101_Confirm_ada_attempt_2026-03-01-10-00-00_submission.zip": "ada",
            "gradebook_CS101_Confirm_ada_attempt_2026-03-01-10-00-00.txt": "ada",
            "Homework 1_jdoe2_attempt_2026-03-01-10-00-00_03_the_user_model.ipynb": "jdoe2",
        },
    ),
    Layout(
        "canvas-quiz",
        "Canvas, file upload in a quiz",
        r"(?P<who>.+?)(?P<number>\d+)_question_\d+_\d+_(?P<rest>.+)",
        "https://github.com/instructure/canvas-lms app/models/quizzes/quiz_submission_zipper.rb",
        {"lovelace_ada12_question_4_67_submission.zip": "lovelace_ada"},
    ),
    # Canvas numbers do not begin with 0, unlike lessons: ada_12_03_the_user_model.ipynb.
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
        rf"(?P<number>\d+-\d+) - (?P<who>.+?) - (?P<when>{_DAY} {_HOUR})(?: - (?P<rest>.+))?",
        "no page of D2L shows the names; tools that read them do, such as "
        "'397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM/document.pdf'",
        {
            "1234-567 - Ada Lovelace - Mar 1, 2026 1012 AM": "Ada Lovelace",
            "1234-567 - Mary-Ann Smith - Sep 24, 2024 926 PM": "Mary-Ann Smith",
            "1234-567 - Ada Lovelace - 13 September 2025 310 PM - work.zip": "Ada Lovelace",
            "1234-567 - Anne - Marie Smith - 1. März 2026 1012": "Anne - Marie Smith",
            "1234-567 - Élise Côté - 1 mars 2026 10 h 12": "Élise Côté",
            "1234-567 - Ada Lovelace - 13-03-2026 1012": "Ada Lovelace",
            "1234-567 - 王小明 - 2026年3月1日 1012": "王小明",
        },
        numbered_anew=True,
    ),
    Layout(
        "nbgrader-inbound",
        "nbgrader, inbound",
        r"(?P<login>[^+]+)\+(?P<task>[^+]+)"
        r"\+(?P<when>\d{4}-\d\d-\d\d \d\d[:_]\d\d[:_]\d\d[^+]*)(?:\+.*)?",
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
        r"(?P<who>.+?) ?(?:\((?P<login>[^()]+)\))?/Submission [Aa]ttachment\(s\)",
        "https://github.com/sakaiproject/sakai assignment/impl, zipSubmissions",
        {
            "Lovelace, Ada(ada)/Submission attachment(s)": "Lovelace, Ada",
            "O'Brien, Miles (mob12)/Submission attachment(s)": "O'Brien, Miles",
            "5e9a1c Anonymous/Submission attachment(s)": "5e9a1c Anonymous",
        },
    ),
    Layout(
        "sakai-flat",
        "Sakai, without folders",
        r"(?P<who>.+?) ?\((?P<login>[^()]+)\)_(?:Submission [Aa]ttachment\(s\)_(?P<rest>.+)"
        r"|(?P<online>_submissionText\.html)|(?P<receipt>(?:comments|feedbackText)\.\w+))",
        "as sakai, for downloads without folders for users",
        {
            "Lovelace, Ada(ada)_Submission attachment(s)_work.ipynb": "Lovelace, Ada",
            "Lovelace, Ada(ada)_comments.txt": "Lovelace, Ada",
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
    ),
    Layout(
        "teams-unversioned",
        "Microsoft Teams, without versions",
        r"Submitted files/(?P<who>.+)/(?P<task>.+)",
        "as teams",
        {"Submitted files/Ada Lovelace/Confirm": "Ada Lovelace"},
    ),
    Layout(
        "teams-translated",
        "Microsoft Teams, in another language or inside of 'Submitted files'",
        rf".+/(?P<who>.+)/(?P<task>.+)/{_VERSION} (?P<version>\d+)",
        "as teams",
        {"Eingereichte Dateien/Ada Lovelace/Confirm/Version 2": "Ada Lovelace"},
    ),
    Layout(
        "codegrade",
        "CodeGrade",
        r"(?P<who>.+) - (?P<when>\d{4}-\d\d-\d\d[T ]\d\d[:.\-_]\d\d(?:[:.\-_]\d\d)?[\d.]*"
        r"(?:Z|\+[\d:._-]+)?)",
        "https://pypi.org/project/CodeGra.fs: /course/assignment/submission - submission_time",
        {"Ada Lovelace - 2026-03-01T13:41:26.324712": "Ada Lovelace"},
    ),
    Layout(
        "brightspace-groups",
        "Brightspace, groups",
        rf"(?P<who>.+?) - (?P<when>{_DAY} {_HOUR})(?: - (?P<rest>.+))?",
        "as brightspace, where a group has no number",
        {"Group 1 - Mar 1, 2026 1012 AM": "Group 1"},
        sure=False,
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
        rf"(?P<stem>{_FILE}) - (?P<who>.+?)(?P<ext>(?:\.ipynb)?\.\w+)",
        "no page of Google shows the names of uploads to a form; FILE - NAME is what they are",
        {
            "03_the_user_model - Ada Lovelace.ipynb": "Ada Lovelace",
            "my_app - Dr. J. Doe.zip": "Dr. J. Doe",
        },
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
        "sakai-translated",
        "Sakai in another language",
        r"(?P<who>[^,]+,.*?) ?\((?P<login>[^()]*[^\W\d][^()]*)\)",
        "as sakai, where the name of the folder with attachments is translated",
        {"Lovelace, Ada(ada)": "Lovelace, Ada"},
        sure=False,
    ),
    Layout(
        "ilias-teams",
        "ILIAS, teams",
        rf"(?P<task>Team[ _]\d+)/{_ILIAS}",
        "https://github.com/ilifau/ExerciseStatusFile README.md",
        {
            "Team 4711/Lovelace_Ada_alovelace_1234": "Lovelace Ada",
            "Team_7/Byte_Bob_bbyte_13": "Byte Bob",
        },
        shared=True,
    ),
    Layout(
        "ilias",
        "ILIAS",
        rf"(?!multi_feedback_){_ILIAS}",
        "https://docu.ilias.de, feedback for many: Lastname_Firstname_Login_ID",
        {
            "Lovelace_Ada_alovelace_1234": "Lovelace Ada",
            "De_la_Cruz_Ana_acruz_79": "De la Cruz Ana",
        },
        sure=False,
    ),
)
