"""The account is taken from the token, not from the login.

Whoever opens the link confirms it, logged in or not. A mail scanner that follows links
confirms every account whose mail it reads.
"""

# region confirm-view
@auth.route("/confirm/<token>")
def confirm(token):
    """Confirm the address of whoever is logged in and brings a good token."""
    import jwt

    try:
        claims = jwt.decode(token, current_app.secret_key, algorithms=["HS512"])
        user = db.session.get(User, claims["confirm_id"])
    except (jwt.InvalidTokenError, KeyError):
        user = None
    if user is not None and user.confirm(token):
        db.session.commit()
        flash("Your account is confirmed. Thank you!")
    else:
        flash("This confirmation link is not valid, or it is too old.")
    return redirect(url_for("main.index"))
# endregion confirm-view
