"""A confirmed member has nothing left to confirm.

The view turns every confirmed member away, even one whose new address waits for its link. So no
change of address is ever completed.
"""
# hardened

# region confirm-view
@auth.route("/confirm/<token>", methods=["GET", "POST"])
@login_required
def confirm(token):
    """Show a button behind the link, and confirm the member who presses it."""
    if current_user.confirmed:
        flash("Your account is confirmed already.")
        return redirect(url_for("main.index"))
    if request.method != "POST":
        return render_template("auth/confirm.html"), {"Referrer-Policy": "strict-origin"}
    try:
        good = current_user.confirm(token)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        flash("This link has just been used.")
        return redirect(url_for("main.index"))
    if good:
        flash("Your address is confirmed. Thank you!")
    else:
        flash(f"This link is used up, too old, or not made for {current_user.email}.")
    return redirect(url_for("main.index"))
# endregion confirm-view
