"""Home, profile, members, and the pages for errors."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError

from ..email import send_email
from ..extensions import db
from ..limits import allowed, forget
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
    guesses = f"password {current_user.id}"
    if not allowed(guesses, times=10, minutes=15):
        flash("Too many tries. Wait for a quarter of an hour.")
        return render_template("main/change_address.html", form=form)
    if not current_user.check_password(form.password.data):
        flash("This is not your password.")
        return render_template("main/change_address.html", form=form)

    forget(guesses)
    before, address = current_user.email, form.email.data
    if allowed(f"move {current_user.id} {address}"):
        taken = User.by_email(address) is not None
        try:
            move(current_user, address)
            db.session.commit()
        except IntegrityError:  # a change of address that does not wait for the link
            db.session.rollback()
        if not taken and allowed(f"move {address}"):
            token = current_user.generate_confirmation_token()
            about = {"user": current_user, "token": token}
            send_email(address, "Confirm your address", "auth/email/confirm", **about)
        elif taken and allowed(f"already {address}"):
            send_email(address, "You have an account already", "mail/already")
        news = f"Somebody asked for your letters to go to {address} in future."
        send_email(before, "Another address", "mail/notice", news=news)
    # The same answer and the same pages in both cases: nobody learns which addresses are known.
    flash(f"A letter is on its way to {address}. Follow the link in it to make the address yours.")
    return redirect(url_for("main.profile"))


@main.route("/members")
@login_required
def members():
    users = db.session.scalars(db.select(User).order_by(User.name, User.id)).all()
    return render_template("main/members.html", users=users)


@main.after_app_request
def keep_no_copy(response):
    """Forbid browsers to keep pages: after a logout the Back button would show them."""
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


@main.app_errorhandler(CSRFError)
def form_refused(error):
    return render_template("main/400.html", reason=error.description), 400


@main.app_errorhandler(403)
def forbidden(error):
    return render_template("main/403.html"), 403


@main.app_errorhandler(404)
def page_not_found(error):
    return render_template("main/404.html"), 404


@main.app_errorhandler(405)
def method_not_allowed(error):
    return render_template("main/405.html"), 405, {"Allow": ", ".join(error.valid_methods or ())}


@main.app_errorhandler(500)
def server_error(error):
    db.session.rollback()  # what failed half-way must not be saved with the next change
    # render_template() would load the user, and that may be just what broke.
    return current_app.jinja_env.get_template("main/500.html").render(), 500
