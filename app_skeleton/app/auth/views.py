"""Register, log in, log out, and all that an account needs to be confirmed."""

import logging
import re

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy.exc import IntegrityError

from ..email import send_email
from ..extensions import db
from ..limits import allowed, forget
from ..models import User, normal_email
from ..outbox import NOBODY
from .forms import ForgottenForm, LoginForm, NewPasswordForm, RegisterForm
from .reset import reset_token, user_of

auth = Blueprint("auth", __name__, url_prefix="/auth")


@auth.route("/register", methods=["GET", "POST"])
def register():
    if current_user.is_authenticated:
        return redirect(url_for("main.index"))
    form = RegisterForm()
    if not form.validate_on_submit():
        return render_template("auth/register.html", form=form)

    user = User(name=form.name.data, email=form.email.data)
    user.set_password(form.password.data)
    owner = User.by_email(user.email)
    if owner is None:
        try:
            # region send-confirmation
            db.session.add(user)
            db.session.commit()
            # Your code here: make a token, and mail it.
            # endregion send-confirmation
            send_email(user.email, "Welcome to Pigeon Post", "mail/welcome")
            send_email(current_app.config["APP_ADMIN"], "A new member", "mail/new_user", user=user)
        except IntegrityError:  # somebody has registered this address at the same moment
            db.session.rollback()
            owner = User.by_email(form.email.data)
    if owner is not None and allowed(f"already {owner.email}"):
        send_email(owner.email, "You have an account already", "mail/already")

    # The same answer in both cases: nobody learns here which addresses have an account.
    flash("Thank you! A letter is on its way to you. You can log in now.")
    return redirect(url_for("auth.login"))


@auth.route("/login", methods=["GET", "POST"])
def login():
    if current_user.is_authenticated:
        return redirect(url_for("main.index"))
    form = LoginForm()
    if not form.validate_on_submit():
        return render_template("auth/login.html", form=form)

    # Counted separately for each IP address, so that a stranger cannot lock the owner out.
    tries = f"login {normal_email(form.email.data)} {request.remote_addr}"
    if not allowed(tries, times=10, minutes=15):
        flash("Too many tries. Wait for a quarter of an hour, or ask for a new password below.")
        return render_template("auth/login.html", form=form)
    user = User.by_login(form.email.data, form.password.data)
    if user is None:
        flash("This address and this password do not belong together.")
        return render_template("auth/login.html", form=form)

    forget(tries)
    if user.logins_are_over():
        user.end_logins()
        db.session.commit()
    next_page = session.get("next")
    session.clear()  # forms from before the login must not work after it
    login_user(user, remember=form.remember.data)
    flash(f"Good to see you, {user.name}.")
    return redirect(next_page or url_for("main.index"))


@auth.route("/logout", methods=["POST"])
def logout():
    if current_user.is_authenticated:
        current_user.end_logins()
        db.session.commit()
    session.clear()
    logout_user()
    flash("You are logged out. Fly safely.")
    return redirect(url_for("main.index"))


@auth.route("/forgotten", methods=["GET", "POST"])
def forgotten():
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("auth/forgotten.html", form=form)

    if allowed(f"reset {normal_email(form.email.data)}"):
        user = User.by_email(form.email.data)
        # The same work for an unknown address, so that the time of the answer reveals nothing.
        token = reset_token(user or User(id=0, email=NOBODY, password_hash=""))
        to = user.email if user else NOBODY
        send_email(to, "A new password", "auth/email/reset", token=token)
    flash("If this address has an account here, a letter is on its way to it.")
    return redirect(url_for("auth.login"))


@auth.route("/reset/<token>", methods=["GET", "POST"])
def reset(token):
    user = user_of(token)
    if user is None:
        flash("This link is not valid, or it is too old.")
        return redirect(url_for("auth.forgotten"))
    form = NewPasswordForm()
    if not form.validate_on_submit():
        # The address of this page holds the token, which files that it loads must not get.
        page = render_template("auth/reset.html", form=form)
        return page, {"Referrer-Policy": "strict-origin"}

    if user.replace_password(form.password.data):
        news = "Your password was changed."
        send_email(user.email, "Your password was changed", "mail/notice", news=news)
        forget(f"login {user.email} {request.remote_addr}")
        flash("You have a new password. You can log in with it now.")
    else:
        flash("This link has just been used.")
    return redirect(url_for("auth.login"))


def finish_move(before):
    """End a member's logins, except this one, after a change of address; tell the old address."""
    current_user.end_logins()
    db.session.commit()
    login_user(current_user._get_current_object())
    news = "Letters for you now go to another address."
    send_email(before, "Another address", "mail/notice", news=news)


# region confirm-view
@auth.route("/confirm/<token>")
def confirm(token):
    """Confirm the address of whoever is logged in and brings a good token."""
    # Your code here.
    return redirect(url_for("main.index"))


# endregion confirm-view


# region gate
OPEN_WHILE_UNCONFIRMED = {"static"}


@auth.before_app_request
def gate():
    """Send unconfirmed users to the unconfirmed page; runs before every request of the app."""
    # Your code here.


# endregion gate


# region unconfirmed-view
@auth.route("/unconfirmed")
def unconfirmed():
    """Show the page for people who still have to confirm their address."""
    # Your code here.
    return redirect(url_for("main.index"))


# endregion unconfirmed-view


# region resend-view
@auth.route("/resend", methods=["POST"])
def resend():
    """Send the confirmation mail again to a user who asks for it."""
    # Your code here.
    return redirect(url_for("main.index"))


# endregion resend-view
