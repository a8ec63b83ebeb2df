"""The view never commits.

`confirm()` marks the user and leaves the saving to the view, which forgot. The message says
thank you, and the database says no.
"""

# region confirm-view
@auth.route("/confirm/<token>")
@login_required
def confirm(token):
    """Confirm the address of whoever is logged in and brings a good token."""
    if current_user.confirmed:
        flash("Your account is confirmed already.")
        return redirect(url_for("main.index"))
    if current_user.confirm(token):
        flash("Your account is confirmed. Thank you!")
    else:
        flash("This confirmation link is not valid, or it is too old.")
    return redirect(url_for("main.index"))
# endregion confirm-view
