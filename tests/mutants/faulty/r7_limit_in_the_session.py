"""The session knows when the last mail went out.

The session is a cookie in the visitor's browser. Somebody who deletes the cookie, or logs in
again, gets the next mail at once.
"""
# hardened

# region resend-view
@auth.route("/resend", methods=["POST"])
@login_required
def resend():
    """Send the confirmation mail again to a user who asks for it, but not too often."""
    if current_user.confirmed:
        return redirect(url_for("main.index"))
    import time

    if time.time() - session.get("letter_at", 0) > 60:
        session["letter_at"] = time.time()
        token = current_user.generate_confirmation_token()
        send_email(
            current_user.email,
            "Confirm your address",
            "auth/email/confirm",
            user=current_user,
            token=token,
        )
    flash("A letter is on its way to you. The next one can go out in a minute.")
    return redirect(url_for("auth.unconfirmed"))
# endregion resend-view
