"""The views of the usual first draft, repaired only as far as needed to run."""


# region confirm-view
@auth.route("/confirm/<token>")
@login_required
def confirm(token):
    if current_user.confirmed:
        return redirect(url_for("main.index"))
    if current_user.confirm(token):
        db.session.commit()
        flash("You have confirmed your account.")
    else:
        flash("The confirmation link is invalid or has expired.")
    return redirect(url_for("main.index"))


# endregion confirm-view

# region send-confirmation
db.session.add(user)
db.session.commit()
token = user.generate_confirmation_token()
send_email(user.email, "Confirm Your Account", "auth/email/confirm", user=user, token=token)
# endregion send-confirmation


# region gate
@auth.before_app_request
def gate():
    if (
        current_user.is_authenticated
        and not current_user.confirmed
        and request.blueprint != "auth"
        and request.endpoint != "static"
    ):
        return redirect(url_for("auth.unconfirmed"))


# endregion gate


# region unconfirmed-view
@auth.route("/unconfirmed")
def unconfirmed():
    if current_user.is_anonymous or current_user.confirmed:
        return redirect(url_for("main.index"))
    return render_template("auth/unconfirmed.html")


# endregion unconfirmed-view


# region resend-view
@auth.route("/resend")
@login_required
def resend():
    token = current_user.generate_confirmation_token()
    send_email(
        current_user.email,
        "Confirm Your Account",
        "auth/email/confirm",
        user=current_user,
        token=token,
    )
    flash("A new confirmation email has been sent.")
    return redirect(url_for("main.index"))


# endregion resend-view
