"""Messages of graded tests for common mistakes say where to look."""

import graded
import pytest
import sample_fills

from confirmlab.course import lessons, solutions

REF = solutions.finished()
HARD = solutions.fills()
KEYS = solutions.answer("token-key")  # both methods, with a key and a purpose and no more
LINK = '{{ url_for("auth.confirm", token=token, _external=True) }}'
TOKEN = "def generate_confirmation_token(self, expiration_sec=3600):\n    "
COMPARED = "type(claimed) is not int or claimed != self.id"
PAGE = """<p>{{ current_user.new_email or current_user.email }}</p>
<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<button>Confirm</button></form>"""


def hardened(name, *changes):
    """Return the fills of the hardened app with one of them changed."""
    return HARD | {name: sample_fills.changed(HARD, name, *changes)}


def with_key(text):
    """Return the fills of the hardened app with other keys for tokens."""
    return HARD | {"token-key": f"def token_keys():\n    return {text}"}


ALGORITHM = {
    name: REF[name].replace("HS512", "HS256") for name in ("generate-token", "confirm-token")
}
# Exercise, one of its tests, a part of the message, and the fills.
CASES = {
    "a word without quotes": (
        *("welcome-line", "test_stranger", "is there an `else`, with the word in quotes?"),
        REF["welcome-line"].replace('"stranger"', "stranger"),
    ),
    "an attribute that does not exist": (
        *("welcome-line", "test_member", "is each one spelt right?"),
        REF["welcome-line"].replace("current_user.name", "current_user.username"),
    ),
    "a name in quotes": (
        *("welcome-line", "test_member", "put it in {{ … }}, without quotes"),
        REF["welcome-line"].replace("current_user.name", "'current_user.name'"),
    ),
    "the sides of a condition swapped": (
        *("welcome-line", "test_member", "does the name stand before the `if`"),
        '<p>Welcome, {{ "stranger" if current_user.is_authenticated else current_user.name }}</p>',
    ),
    "a condition that does not exist": (
        *("welcome-line", "test_member", "is the condition spelt right?"),
        REF["welcome-line"].replace("is_authenticated", "authenticated"),
    ),
    "a plural for the algorithm": (
        *("generate-token", "test_token_names_the_user", "argument is in the singular"),
        REF["generate-token"].replace("algorithm=", "algorithms="),
    ),
    "a user for self": (
        *("generate-token", "test_token_names_the_user", "a method calls its own user `self`"),
        REF["generate-token"].replace("self.id}", "user.id}"),
    ),
    "a logged in user in a model": (
        *("confirm-token", "test_own_token", "a model knows nothing of requests"),
        REF["confirm-token"].replace("!= self.id", "!= current_user.id"),
    ),
    "a claim read with a dot": (
        *("confirm-token", "test_own_token", "what a dict holds is read with []"),
        REF["confirm-token"].replace('claims["confirm_id"]', "claims.confirm_id"),
    ),
    "a method without its token": (
        *("confirm-token", "test_own_token", "the token is its second parameter"),
        REF["confirm-token"].replace("(self, token)", "(self)"),
    ),
    "a column of self": (
        *("confirmed-column", "test_new_user_is_not_confirmed", "only a method has one"),
        "self.confirmed = False",
    ),
    "a route of the app": (
        *("confirm-view", "test_good_link", "views belong to a blueprint, here `auth`"),
        REF["confirm-view"].replace("@auth", "@app"),
    ),
    "a method of the class": (
        *("confirm-view", "test_good_link", "it is called on a user, not on the class"),
        REF["confirm-view"].replace("current_user.confirm(", "User.confirm("),
    ),
    "a decorator that is called": (
        *("confirm-view", "test_good_link", "this decorator stands without ()"),
        REF["confirm-view"].replace("@login_required", "@login_required()"),
    ),
    "a gate whose decorator is called": (
        *("gate", "test_unconfirmed_sees_no_page", "this decorator stands without ()"),
        REF["gate"].replace("@auth.before_app_request", "@auth.before_app_request()"),
    ),
    "a cookie for the database": (
        *("confirm-view", "test_good_link", "`session` is the visitor's cookie"),
        REF["confirm-view"].replace("db.session", "session"),
    ),
    "an endpoint of another app": (
        *("confirm-view", "test_bad_link_leads_home[expired]", "%flask routes lists the endp"),
        REF["confirm-view"].replace("main.index", "main.home"),
    ),
    "a user that a page lacks": (
        *("unconfirmed-page", "test_page_names_the_address", "a page knows `current_user`"),
        REF["unconfirmed-page"].replace("current_user.email", "user.email"),
    ),
    "an address for the name": (
        *("welcome-line", "test_member", "which attribute holds the name?"),
        REF["welcome-line"].replace("current_user.name", "current_user.email"),
    ),
    "a lifetime for an end": (
        *("generate-token", "test_token_lives_for_an_hour", "is it counted from now?"),
        REF["generate-token"].replace('"exp": expires', '"exp": expiration_sec'),
    ),
    "a field that the form lacks": (
        *("resend-view", "test_a_mail_with_a_good_link", "request.form"),
        REF["resend-view"].replace("        current_user.email,", '        request.form["email"],'),
    ),
    "a mail that the postman never marks": (
        *("send-in-background", "test_letters_arrive", "marked as sent when the server has"),
        HARD | {"send-in-background": HARD["send-in-background"].replace("sent()", "sent")},
    ),
    "no function for the postman": (
        *("send-in-background", "test_letters_arrive", "cannot import name 'deliver'"),
        HARD | {"send-in-background": HARD["send-in-background"].split("def deliver")[0]},
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
        *("confirm-token", "test_user_is_marked", "Outside of a request confirm() raised"),
        REF["confirm-token"].replace(
            "    claimed =", "    from flask_login import current_user as self\n    claimed ="
        ),
    ),
    "an empty token": (
        *("generate-token", "test_key_is_the_apps", "returned an empty text"),
        f'{TOKEN}return ""',
    ),
    "a lifetime in days": (
        *("generate-token", "test_lifetime_is_used", "Is the number read as seconds?"),
        REF["generate-token"].replace("seconds=expiration_sec", "expiration_sec"),
    ),
    "a time without a zone": (
        *(
            "generate-token",
            "test_lifetime_elsewhere[America/New_York]",
            "which zone does its time have",
        ),
        REF["generate-token"].replace("datetime.now(timezone.utc)", "datetime.now()"),
    ),
    "a text for the key": (
        *("generate-token", "test_key_is_the_apps", "is it the app's secret key?"),
        REF["generate-token"].replace("current_app.secret_key", '"secret_key"'),
    ),
    "two keys": (
        *("confirm-token", "test_own_token", "do both methods use the same key?"),
        {
            "generate-token": REF["generate-token"].replace(
                "current_app.secret_key", '"secret_key" * 7'
            )
        },
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
        *("confirm-view", "test_good_link_is_kept", "not confirmed. Was the change committed, and"),
        REF["confirm-view"].replace("db.session.commit()", "pass"),
    ),
    "a change that is committed too early": (
        *("confirm-view", "test_good_link_is_kept", "only after confirm(token) had said yes?"),
        REF["confirm-view"]
        .replace("        db.session.commit()\n", "")
        .replace(
            "    if current_user.confirm(", "    db.session.commit()\n    if current_user.confirm("
        ),
    ),
    "a view that takes no token": (
        *("confirm-view", "test_good_link", "is passed to its function under that name"),
        REF["confirm-view"].replace("def confirm(token)", "def confirm()"),
    ),
    "an endpoint for a path": (
        *("confirm-view", "test_bad_link_leads_home[expired]", "url_for turns it into a path"),
        REF["confirm-view"].replace('redirect(url_for("main.index"))', 'redirect("main.index")'),
    ),
    "a column without defaults": (
        *("confirmed-column", "test_new_user_is_not_confirmed", "with no value for this column"),
        "confirmed: Mapped[bool]",
    ),
    "a method without self": (
        *("generate-token", "test_token_names_the_user", "names self as its first parameter"),
        REF["generate-token"].replace("(self, ", "("),
    ),
    "a token that has ended in every zone": (
        *(
            "generate-token",
            "test_lifetime_elsewhere[America/New_York]",
            "By default the token expires",
        ),
        REF["generate-token"].replace("(timezone.utc) +", "(timezone.utc) -"),
    ),
    "no expiry in any zone": (
        *("generate-token", "test_lifetime_elsewhere[America/New_York]", "so it never expires"),
        REF["generate-token"].replace('"exp": expires, ', ""),
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
        *("confirm-html", "test_html_has_a_link", "look at the tag and the quotes"),
        f'<p>Hi,</p><p><a href="{LINK}>Confirm</a></p>',
    ),
    "an address in no link": (
        *("confirm-html", "test_html_link_has_words", "look at the tag and the quotes"),
        f"<p>Hi,</p><p>please confirm: {LINK}</p>",
    ),
    "a token in quotes": (
        *("confirm-txt", "test_text_link_leads_to_confirm", "stand there in quotes?"),
        "Hi,\nplease confirm:\n" + LINK.replace("=token", '="token"'),
    ),
    "a token without its name": (
        *("confirm-txt", "test_text_link_leads_to_confirm", "is passed by name, as in token="),
        f"Hi,\nplease confirm:\n{LINK.replace('token=token', 'token')}",
    ),
    "a statement for a value": (
        *("confirm-txt", "test_text_link_leads_to_confirm", "'url_for'; what is to be shown"),
        f"Hi,\nplease confirm:\n{LINK.replace('{{', '{%').replace('}}', '%}')}",
    ),
    "one brace at the end": (
        *("confirm-txt", "test_text_link_leads_to_confirm", "two braces ends with two"),
        f"Hi,\nplease confirm:\n{LINK.replace('}}', '}')}",
    ),
    "a picture without words": (
        *("confirm-html", "test_html_link_has_words", "give the picture an alt"),
        f'<p>Hi,</p><p><a href="{LINK}"><img src="/button.png"></a></p>',
    ),
    "an argument without its name": (
        *("send-confirmation", "test_token_is_good", "is passed by name"),
        REF["send-confirmation"].replace("token=token", "token").replace("user=user, ", ""),
    ),
    "an ending too many": (
        *("send-confirmation", "test_token_is_good", "takes a name without an ending"),
        REF["send-confirmation"].replace("email/confirm", "email/confirm.txt"),
    ),
    "the subject for the address": (
        *("send-confirmation", "test_token_is_good", "which argument comes first?"),
        REF["send-confirmation"].replace(
            'user.email, "Confirm your address"', '"Confirm your address", user.email'
        ),
    ),
    "a user for an address": (
        *("send-confirmation", "test_token_is_good", "which attribute of it holds the text?"),
        REF["send-confirmation"].replace("user.email", "user"),
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
    "a gate for the wrong members": (
        *("gate", "test_unconfirmed_sees_no_page", "whom does the gate stop?"),
        REF["gate"].replace("and not current_user", "and current_user"),
    ),
    "a stylesheet behind the gate": (
        *("gate", "test_static_files", "is its endpoint among the open ones?"),
        REF["gate"].replace('"static",', ""),
    ),
    "a redirect to an endpoint": (
        *("gate", "test_unconfirmed_is_held_back[/members]", "url_for turns an endpoint into"),
        REF["gate"].replace('url_for("auth.unconfirmed")', '"auth.unconfirmed"'),
    ),
    "a waiting room of another name": (
        *("unconfirmed-view", "test_waiting_room_opens", "Is the function unconfirmed()?"),
        REF["unconfirmed-view"].replace("def unconfirmed", "def waiting"),
    ),
    "a resend of another name": (
        *("resend-view", "test_a_mail_with_a_good_link", "Is the function resend()?"),
        REF["resend-view"].replace("def resend", "def resend_mail"),
    ),
    "a condition the wrong way": (
        *("resend-view", "test_a_mail_with_a_good_link", "has the status 302, to '/'"),
        REF["resend-view"].replace("if current_user", "if not current_user"),
    ),
    "a redirect to a template": (
        *("unconfirmed-view", "test_waiting_room_opens", "which function shows a template?"),
        REF["unconfirmed-view"].replace("render_template(", "redirect("),
    ),
    "a waiting room behind the login": (
        *("unconfirmed-view", "test_stranger_goes_home", "does the view ask for a login first?"),
        REF["unconfirmed-view"].replace("def unc", "@login_required\ndef unc"),
    ),
    "an address without braces": (
        *("unconfirmed-page", "test_page_names_the_address", "as you typed it"),
        REF["unconfirmed-page"].replace("{{ current_user.email }}", "current_user.email"),
    ),
    "a CSRF token that is not made": (
        *("unconfirmed-page", "test_form_is_accepted", "something else than the token"),
        REF["unconfirmed-page"].replace("csrf_token()", "csrf_token"),
    ),
    "a button without words": (
        *("unconfirmed-page", "test_page_has_a_button", "There is nothing on the button"),
        REF["unconfirmed-page"].replace("Send the letter again", ""),
    ),
    "an endpoint for a target": (
        *("unconfirmed-page", "test_button_asks_for_the_mail", "leads to '/auth/auth.resend'"),
        REF["unconfirmed-page"].replace('{{ url_for("auth.resend") }}', "auth.resend"),
    ),
    "a page without words": (
        *("unconfirmed-page", "test_page_explains", "its buttons the page says nothing"),
        "<form></form>",
    ),
    "method for methods": (
        *("resend-view", "test_one_mail", "a route takes `methods`, a list"),
        REF["resend-view"].replace('methods=["POST"]', 'method="POST"'),
    ),
    "a route with the blueprint's beginning": (
        *("unconfirmed-view", "test_gate_finds_the_view", "The blueprint adds /auth by itself"),
        REF["unconfirmed-view"].replace('"/unconfirmed"', '"/auth/unconfirmed"'),
    ),
    "a button that does nothing": (
        *("unconfirmed-page", "test_page_has_a_button", "can be seen and pressed, and sends it"),
        REF["unconfirmed-page"].replace("<button", "<button disabled"),
    ),
    "a template without its folder": (
        *("unconfirmed-view", "test_waiting_room_opens", "its path below app/templates"),
        REF["unconfirmed-view"].replace("auth/unconfirmed.html", "unconfirmed.html"),
    ),
    "a name that the templates lack": (
        *("resend-view", "test_one_mail", "'user' is undefined"),
        REF["resend-view"].replace("user=current_user,", ""),
    ),
    "a press that the route refuses": (
        *("resend-view", "test_back_in_the_waiting_room", "does its route take POST?"),
        REF["resend-view"].replace(', methods=["POST"]', ""),
    ),
    "a purpose that nobody asks for": (
        *("token-key", "test_own_token_is_good", "the same audience"),
        hardened("confirm-token", ('audience="confirm-email",', "")),
    ),
    "a text for bytes": (
        *("token-key", "test_own_token_is_good", "a text becomes bytes with .encode()"),
        hardened("token-key", ("secret.encode()", "secret")),
    ),
    "one key for a list": (
        *("token-key", "test_own_token_is_good", "does that return a list of keys"),
        with_key('hmac.digest(current_app.secret_key.encode(), b"confirm", "sha512")'),
    ),
    "a loop that goes on": (
        *("token-key", "test_own_token_is_good", "leave the loop at the key that fits"),
        hardened("confirm-token", ("            break\n", "")),
    ),
    "a key for the present secret only": (
        *("token-key", "test_key_can_be_changed", "does token_keys() list a key for it"),
        with_key('[hmac.digest(current_app.secret_key.encode(), b"confirm", "sha512")]'),
    ),
    "the oldest key first": (
        *("token-key", "test_newest_key_signs", "which of token_keys() comes first"),
        hardened("generate-token", ("token_keys()[0]", "token_keys()[-1]")),
    ),
    "a short hash": (
        *("token-key", "test_key_is_long", "32 bytes; how long are the results of the hash"),
        hardened("token-key", ("sha512", "sha256")),
    ),
    "a key with the secret in it": (
        *("token-key", "test_secret_cannot_be_read_from_the_key", "whoever learns the one"),
        with_key('[current_app.secret_key + "confirm"]'),
    ),
    "methods from before the key": (
        *("token-key", "test_secret_key_signs_no_token", "The %refill cells bring them here"),
        HARD | {name: REF[name] for name in ("generate-token", "confirm-token")},
    ),
    "methods from before the table": (
        *("spent-tokens", "test_tokens_end", "did you change both methods for this exercise?"),
        HARD | {name: KEYS[name] for name in ("generate-token", "confirm-token")},
    ),
    "a number for a jti": (
        *("spent-tokens", "test_tokens_end", "is jti a text?"),
        hardened("generate-token", ("secrets.token_urlsafe(16)", "secrets.randbits(60)")),
    ),
    "a jti that is not made": (
        *("spent-tokens", "test_tokens_end", "was it called, with ()?"),
        hardened("generate-token", ("token_urlsafe(16)", "token_urlsafe")),
    ),
    "one jti for all": (
        *("spent-tokens", "test_used_token_is_spent", "has each token a jti of its own?"),
        hardened("generate-token", ("secrets.token_urlsafe(16)", '"abc"')),
    ),
    "a table read the wrong way": (
        *("spent-tokens", "test_tokens_end", "what does it look for in the table?"),
        hardened("confirm-token", ('["jti"]) is not None', '["jti"]) is None')),
    ),
    "an identifier that is not stored": (
        *("spent-tokens", "test_used_token_is_spent", "add its jti to the table"),
        hardened("confirm-token", ('db.session.add(SpentToken(jti=claims["jti"]))', "pass")),
    ),
    "identifiers that are not looked up": (
        *("spent-tokens", "test_two_tokens_are_two", "instead of True, True, False"),
        hardened("confirm-token", ('db.session.add(SpentToken(jti=claims["jti"]))', "pass")),
    ),
    "a commit of its own": (
        *("spent-tokens", "test_undone_is_not_spent", "does confirm() commit by itself?"),
        hardened(
            "confirm-token", ('jti=claims["jti"]))', 'jti=claims["jti"]))\n    db.session.commit()')
        ),
    ),
    "the old address in a token": (
        *("spent-tokens", "test_moving_works", "which address does the token name"),
        hardened("generate-token", ("self.new_email or self.email", "self.email")),
    ),
    "a new address that is never used": (
        *("spent-tokens", "test_moving_works", "does confirm() set it?"),
        HARD | {name: KEYS[name] for name in ("generate-token", "confirm-token")},
    ),
    "a look that confirms by HEAD": (
        *("confirm-page", "test_looking_changes_nothing[HEAD]", "for which request methods does"),
        hardened("confirm-view", ('request.method != "POST"', 'request.method == "GET"')),
    ),
    "a form sent by GET": (
        *("confirm-page", "test_button_confirms", 'has its form method="post"?'),
        HARD | {"confirm-page": PAGE.replace(' method="post"', "")},
    ),
    "a form sent elsewhere": (
        *("confirm-page", "test_button_confirms", "where does its form lead?"),
        HARD | {"confirm-page": PAGE.replace("<form", '<form action="/auth/confirm/"')},
    ),
    "a method in small letters": (
        *("confirm-page", "test_button_confirms", "tell a POST from a GET?"),
        hardened("confirm-view", ('!= "POST"', '!= "post"')),
    ),
    "a page that is an error": (
        *("confirm-page", "test_button_confirms", "answered with status 500"),
        hardened("confirm-view", ('{"Referrer-Policy": "strict-origin"}', '"strict-origin"')),
    ),
    "a button that the route refuses": (
        *("confirm-page", "test_button_confirms", "does the route of the view take POST?"),
        hardened("confirm-view", (', methods=["GET", "POST"]', "")),
    ),
    "a press that is not committed": (
        *("confirm-page", "test_button_confirms", "is the change committed?"),
        hardened("confirm-view", ("        db.session.commit()\n", "")),
    ),
    "another page with a button": (
        *("confirm-page", "test_button_confirms", "the link led to /auth/unconfirmed, not to a"),
        hardened(
            "confirm-view",
            (
                """return render_template("auth/confirm.html"),""",
                """return redirect(url_for("auth.unconfirmed")); (),""",
            ),
        ),
    ),
    "a name for an account": (
        *("confirm-page", "test_somebody_else_is_told", "names the address with which Bob"),
        HARD
        | {
            "confirm-page": PAGE.replace(
                "current_user.new_email or current_user.email", "current_user.name"
            ),
            "confirm-view": HARD["confirm-view"].replace(
                "current_user.email}", "current_user.name}"
            ),
        },
    ),
    "no button for a new address": (
        *("confirm-page", "test_waiting_address_gets_the_button", "while new_email is set"),
        hardened("confirm-view", (" and not current_user.new_email", "")),
    ),
    "the second of two presses": (
        *("confirm-page", "test_two_presses_at_once", "are confirm() and the commit in a try?"),
        hardened("confirm-view", ("except IntegrityError:", "except ZeroDivisionError:")),
    ),
    "a host that is not trusted": (
        *("pinned-host", "test_host_comes_from_the_environment", "TRUSTED_HOSTS lacks that name"),
        hardened("pinned-host", ("[SERVER_NAME, ", "[")),
    ),
    "a setting of another name": (
        *("pinned-host", "test_foreign_names_are_refused", "which names does it list?"),
        hardened("pinned-host", ("TRUSTED_HOSTS", "TRUSTED_HOST")),
    ),
    "one mail in an hour": (
        *("resend-throttle", "test_later_the_next_one_goes", "sent 1 mail"),
        hardened("resend-throttle", ("minutes=1", "hours=1")),
    ),
    "no time yet": (
        *("resend-throttle", "test_many_presses_one_letter", "whose letter_at is still empty"),
        hardened("resend-throttle", ("User.letter_at.is_(None), ", "")),
    ),
    "other words for the second press": (
        *("resend-throttle", "test_answer_is_the_same", "the second with 'Too fast.'"),
        hardened(
            "resend-view", ("    flash(", '    else:\n        flash("Too fast.")\n    flash(')
        ),
    ),
    "a time that is not committed": (
        *("resend-throttle", "test_one_letter_at_the_same_moment", "and is it committed?"),
        hardened(
            "resend-throttle", ("    db.session.commit()\n    return noted", "    return noted")
        ),
    ),
    "accounts that are not deleted": (
        *("resend-throttle", "test_stale_accounts_go", "does drop_stale() find them, and commit?"),
        hardened(
            "resend-throttle", ("    db.session.commit()\n    return gone", "    return gone")
        ),
    ),
    "a number that is not returned": (
        *("resend-throttle", "test_stale_accounts_go", "what does drop_stale() return?"),
        hardened("resend-throttle", ("return gone.rowcount", "gone.rowcount")),
    ),
    "a mark right behind the id": (
        *("session-id", "test_login_works", "something that is no digit"),
        HARD | {"session-id": 'def get_id(self):\n    return f"{self.id}{self.session_mark}"'},
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
    """For a common mistake, the message says in one short sentence where to look."""
    _, test, words, _ = CASES[case]
    message = messages[case][test]

    assert words in message
    assert len(message) < 230
