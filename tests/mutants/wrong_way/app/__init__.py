"""A club whose confirmation links anybody can write: the app that lesson 01 attacks.

It was believed that a link is a secret because it was sent by mail. But the app makes its tokens
from what others know or guess, so strangers are confirmed who never read a letter.
"""

import json
import secrets
from datetime import datetime, timedelta, timezone
from pathlib import Path

from flask import Flask, abort, redirect, render_template, request, url_for
from flask_mail import Mail, Message
from flask_sqlalchemy import SQLAlchemy

from .strangers import STRANGERS
from .tokens import TOKENS

db = SQLAlchemy()
mail = Mail()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(64), nullable=False)
    email = db.Column(db.String(254), nullable=False)
    joined_at = db.Column(db.DateTime, nullable=False, default=lambda: datetime.now(timezone.utc))
    code = db.Column(db.String(64), nullable=False, default=lambda: secrets.token_urlsafe(32))
    confirmed = db.Column(db.Boolean, nullable=False, default=False)


def create_app(config=None):
    """Put the app together; TOKEN names the kind of token that is in its links."""
    instance = Path(__file__).resolve().parent.parent / "instance"
    app = Flask(__name__, instance_path=str(instance), instance_relative_config=True)
    app.config.from_mapping(
        TOKEN="id",
        SQLALCHEMY_DATABASE_URI="sqlite://",  # in memory: each start begins anew
        MAIL_SERVER="127.0.0.1",
        MAIL_DEFAULT_SENDER=("Snail Mail Circle", "circle@snailmail.example"),
    )
    app.config.from_file("config.json", json.load, silent=True)
    app.config.from_mapping(config or {})
    db.init_app(app)
    mail.init_app(app)
    token_of = TOKENS[app.config["TOKEN"]]

    with app.app_context():
        db.create_all()
        add_strangers()

    @app.route("/")
    def index():
        return render_template("index.html")

    @app.route("/auth/register", methods=["GET", "POST"])
    def register():
        if request.method == "GET":
            return render_template("register.html")
        user = User(name=request.form["name"], email=request.form["email"])
        db.session.add(user)
        db.session.commit()
        message = Message("Please confirm, no hurry", recipients=[user.email])
        message.body = render_template("confirm.txt", user=user, token=token_of(user))
        mail.send(message)
        return redirect(url_for("thanks"))

    @app.route("/auth/thanks")
    def thanks():
        return render_template("thanks.html")

    @app.route("/auth/confirm/<token>")
    def confirm(token):
        for user in all_users():
            if token_of(user) == token:
                user.confirmed = True
                db.session.commit()
                return render_template("confirmed.html", user=user)
        abort(404)

    @app.route("/members")
    def members():
        users = all_users()
        confirmed = [user for user in users if user.confirmed]
        return render_template("members.html", confirmed=confirmed, waiting=len(users) - len(confirmed))

    @app.errorhandler(404)
    def not_found(error):
        return render_template("404.html"), 404

    return app


def all_users():
    return db.session.scalars(db.select(User).order_by(User.id)).all()


def add_strangers():
    """Let thirty people register, one every two seconds; the last one just now."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    for place, name in enumerate(STRANGERS):
        joined_at = now - timedelta(seconds=2 * (len(STRANGERS) - 1 - place))
        email = f"{name.split()[0].lower()}@example.com"
        db.session.add(User(name=name, email=email, joined_at=joined_at))
    db.session.commit()
