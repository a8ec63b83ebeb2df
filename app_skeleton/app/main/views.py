"""Home, profile, members, and the pages for errors."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_login import current_user, login_required
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError

from ..email import send_email
from ..extensions import db
from ..models import User, move
from .forms import AddressForm, ProfileForm

main = Blueprint("main", __name__)


@main.route("/")
def index():
    return render_template("main/index.html")


@main.route("/profile")
@login_required
def profile():
    return render_template("main/profile.html")


@main.route("/profile/edit", methods=["GET", "POST"])
@login_required
def edit_profile():
    form = ProfileForm(obj=current_user)
    if form.validate_on_submit():
        current_user.name = form.name.data
        current_user.about = form.about.data
        db.session.commit()
        flash("Your profile is saved.")
        return redirect(url_for("main.profile"))
    return render_template("main/edit_profile.html", form=form)


@main.route("/profile/address", methods=["GET", "POST"])
@login_required
def change_address():
    form = AddressForm()
    if not form.validate_on_submit():
        return render_template("main/change_address.html", form=form)
    if not current_user.check_password(form.password.data):
        flash("This is not your password.")
        return render_template("main/change_address.html", form=form)

    before = current_user.email
    move(current_user, form.email.data)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        flash("This address cannot be yours: somebody else has it.")
        return render_template("main/change_address.html", form=form)

    for address in (before, current_user.email):
        send_email(address, "You have moved", "mail/moved", user=current_user, before=before)
    flash(f"Your address is {current_user.email} now. We have told the old one as well.")
    # With status 307 the browser sends the form on: as if it had pressed the button there, which
    # asks for a letter to be sent to an address that is not confirmed.
    return redirect(url_for("auth.resend"), 307)


@main.route("/members")
@login_required
def members():
    users = db.session.scalars(db.select(User).order_by(User.name, User.id)).all()
    return render_template("main/members.html", users=users)


@main.app_errorhandler(CSRFError)
def form_refused(error):
    return render_template("main/400.html", reason=error.description), 400


@main.app_errorhandler(403)
def forbidden(error):
    return render_template("main/403.html"), 403


@main.app_errorhandler(404)
def page_not_found(error):
    return render_template("main/404.html"), 404


@main.app_errorhandler(500)
def server_error(error):
    db.session.rollback()  # what failed half-way must not be saved with the next change
    # render_template() would load the user, and that may be just what broke.
    return current_app.jinja_env.get_template("main/500.html").render(), 500
