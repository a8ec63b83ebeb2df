"""A plain GET sends the mail.

A link is followed by more than people: previews, crawlers, browsers that load ahead. Each of
them sends a mail.
"""

# region resend-view
@auth.route("/resend", methods=["GET", "POST"])
@login_required
def resend():
    """Send the confirmation mail again to a user who asks for it."""
    if current_user.confirmed:
        return redirect(url_for("main.index"))
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
