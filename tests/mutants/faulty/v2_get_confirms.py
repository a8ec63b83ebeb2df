"""The page says thank you, so it may as well confirm.

It takes no press of a button: to open the link is enough. Previews, scanners and browsers that
load ahead open links, too.
"""
# hardened

# region confirm-view
@auth.route("/confirm/<token>", methods=["GET", "POST"])
@login_required
def confirm(token):
    """Show a button to whoever opens the link, and confirm whoever presses it."""
    if current_user.confirmed:
        flash("Your account is confirmed already.")
        return redirect(url_for("main.index"))
    if current_user.confirm(token):
        try:
            db.session.commit()
            flash("Your account is confirmed. Thank you!")
        except IntegrityError:  # of two presses at once, the other one has spent the token
            db.session.rollback()
            flash("Your account is confirmed already.")
    else:
        flash(
            "This link is used up, too old, or not made for "
            f"{current_user.email}, as whom you are logged in."
        )
    return redirect(url_for("main.index"))


class WithoutTokens(logging.Filter):
    """Leave the tokens in links out of the log: whoever reads it could use them."""

    def filter(self, record):
        text = record.getMessage()
        record.msg, record.args = re.sub(r"(/confirm/|/reset/)[^\s\"]+", r"\1...", text), ()
        return True


for name in ("werkzeug", "app"):
    logging.getLogger(name).addFilter(WithoutTokens())
# endregion confirm-view
