"""Members who are confirmed get the mail as well.

Nobody asks whether there is still anything to confirm. A page left open in another tab keeps
sending links that nobody needs.
"""

# region resend-view
@auth.route("/resend", methods=["POST"])
@login_required
def resend():
    """Send the confirmation mail again to a user who asks for it."""
    token = current_user.generate_confirmation_token()
    send_email(
        current_user.email,
        "Confirm your address",
        "auth/email/confirm",
        user=current_user,
        token=token,
    )
    flash("Another letter is on its way to you.")
    return redirect(url_for("auth.unconfirmed"))
# endregion resend-view
