"""What graded tests say of usual slips tells where to look."""

import graded
import pytest

from confirmlab.course import lessons, solutions

REF = solutions.finished()
LINK = '{{ url_for("auth.confirm", token=token, _external=True) }}'
TOKEN = "def generate_confirmation_token(self, expiration_sec=3600):\n    "
COMPARED = "type(claimed) is not int or claimed != self.id"
ALGORITHM = {
    name: REF[name].replace("HS512", "HS256") for name in ("generate-token", "confirm-token")
}
# Exercise, a test of it, what its message says, and the fills.
CASES = {
    "a word without quotes": (
        *("welcome-line", "test_stranger", "is there an `else`, with the word in quotes?"),
        REF["welcome-line"].replace('"stranger"', "stranger"),
    ),
    "an attribute that does not exist": (
        *("welcome-line", "test_member", "is each one spelt right?"),
        REF["welcome-line"].replace("current_user.name", "current_user.username"),
    ),
    "a column without a type": (
        *("confirmed-column", "test_new_user_is_not_confirmed", "state the type before the ="),
        "confirmed = mapped_column(default=False, server_default=db.false())",
    ),
    "a default without its name": (
        *("confirmed-column", "test_new_user_is_not_confirmed", "needs its name before it"),
        "confirmed: Mapped[bool] = mapped_column(False, server_default=db.false())",
    ),
    "an expiry of another name": (
        *("generate-token", "test_token_names_the_user", "only for `exp` and a few more names"),
        REF["generate-token"].replace('"exp"', '"expires"'),
    ),
    "ids compared by identity": (
        *("confirm-token", "test_own_token", "how are the two ids compared?"),
        REF["confirm-token"].replace(COMPARED, "claimed is not float(self.id)"),
    ),
    "no algorithm of the lesson": (
        *("confirm-token", "test_signature_counts", "jwt.decode raised InvalidAlgorithmError"),
        ALGORITHM,
    ),
    "a logged in user for self": (
        *("confirm-token", "test_user_is_marked", "outside of a request confirm() raised"),
        REF["confirm-token"].replace(
            "    claimed =", "    from flask_login import current_user as self\n    claimed ="
        ),
    ),
    "an empty token": (
        *("generate-token", "test_key_is_the_apps", "returned an empty text"),
        f'{TOKEN}return ""',
    ),
    "no token": ("generate-token", "test_key_is_the_apps", "returned None", f"{TOKEN}pass"),
    "a method before it that is still open": (
        *("confirm-token", "test_own_token", "generate_confirmation_token() returned an empty"),
        {"generate-token": f'{TOKEN}return ""'},
    ),
    "a token of another kind": (
        *("generate-token", "test_algorithm_is_hs512", "which is no token"),
        f'{TOKEN}return "a.b.c"',
    ),
    "a default of Python's for the database": (
        *("confirmed-column", "test_rows_from_before", "server_default takes SQL"),
        "confirmed: Mapped[bool] = mapped_column(default=False, server_default=False)",
    ),
    "a change that is forgotten": (
        *("confirm-view", "test_good_link_is_kept", "not confirmed. Was the change committed?"),
        REF["confirm-view"].replace("db.session.commit()", "pass"),
    ),
    "a link behind the gate": (
        *("confirm-view", "test_good_link_is_kept", "straight to the waiting room: is the view,"),
        {"gate": REF["gate"].replace('"auth.confirm",', "")},
    ),
    "no words": (
        *("confirm-txt", "test_text_asks", "does not recognise a sentence in 'Hi qwer asdf"),
        f"Hi,\nqwer asdf zxcv uiop\n{LINK}",
    ),
    "an empty token in a link": (
        *("confirm-txt", "test_text_link_leads_to_confirm", "is `token` empty there?"),
        f"Hi,\nplease confirm:\n{LINK.replace('=token', '=user.token')}",
    ),
    "a quote left out": (
        *("confirm-html", "test_html_has_a_link", "look at the quotes"),
        f'<p>Hi,</p><p><a href="{LINK}>Confirm</a></p>',
    ),
    "a picture without words": (
        *("confirm-html", "test_html_link_has_words", "give the picture an alt"),
        f'<p>Hi,</p><p><a href="{LINK}"><img src="/button.png"></a></p>',
    ),
    "the subject for the address": (
        *("send-confirmation", "test_token_is_good", "which argument comes first?"),
        REF["send-confirmation"].replace(
            'user.email, "Confirm your address"', '"Confirm your address", user.email'
        ),
    ),
    "the form for a user": (
        *("send-confirmation", "test_each_member_has_a_token", "is of type RegisterForm"),
        REF["send-confirmation"].replace("user=user", "user=form"),
    ),
    "an address for words": (
        *("confirm-html", "test_html_link_has_words", "…"),
        f'<p>Hi,</p><p><a href="{LINK}">{LINK}</a></p>',
    ),
    "a gate that returns nothing": (
        *("gate", "test_unconfirmed_sees_no_page", "is its redirect returned?"),
        REF["gate"].replace("return redirect", "redirect"),
    ),
    "a route with the blueprint's beginning": (
        *("unconfirmed-view", "test_waiting_room_opens", "The blueprint adds /auth by itself"),
        REF["unconfirmed-view"].replace('"/unconfirmed"', '"/auth/unconfirmed"'),
    ),
    "a button that does nothing": (
        *("unconfirmed-page", "test_page_has_a_button", "can be seen and pressed, and sends it"),
        REF["unconfirmed-page"].replace("<button", "<button disabled"),
    ),
    "a press that the route refuses": (
        *("resend-view", "test_back_in_the_waiting_room", "does its route take POST?"),
        REF["resend-view"].replace(', methods=["POST"]', ""),
    ),
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """Return the messages of each case's tests that failed, by the test's name."""
    apps = {}
    for case, (exercise_id, *_, fill) in CASES.items():
        fills = fill if isinstance(fill, dict) else {exercise_id: fill}
        apps[case] = REF | fills, [lessons.load().exercise(exercise_id)]
    results = graded.results(tmp_path_factory.mktemp("apps"), apps)
    return {
        case: {
            test.name.rpartition("::")[2]: test.message
            for result in by_id.values()
            for test in result.tests
        }
        for case, by_id in results.items()
    }


@pytest.mark.parametrize("case", CASES)
def test_a_message_tells_where_to_look(messages, case):
    """The message of a usual slip names what the learner can look at, in one short sentence."""
    _, test, words, _ = CASES[case]
    message = messages[case][test]

    assert words in message
    assert len(message) < 230
