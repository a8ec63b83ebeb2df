"""The address comes from the form.

Whoever sends the form says where the mail goes. The app writes to strangers for anybody who
asks, and shows them a live token.
"""

# region resend-view
@auth.route("/resend", methods=["POST"])
@login_required
def resend():
    """Send the confirmation mail again to a user who asks for it."""
    if current_user.confirmed:
        return redirect(url_for("main.index"))
    token = current_user.generate_confirmation_token()
    send_email(
        request.form.get("email", current_user.email),
        "Confirm your address",
        "auth/email/confirm",
        user=current_user,
        token=token,
    )
    flash("Another letter is on its way to you.")
    return redirect(url_for("auth.unconfirmed"))
# endregion resend-view
