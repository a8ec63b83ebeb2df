"""Home, profile, members, and the pages for errors."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_login import current_user, login_required
from flask_wtf.csrf import CSRFError

from ..extensions import db
from ..models import User
from .forms import ProfileForm

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
