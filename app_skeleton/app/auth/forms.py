"""The forms to register, to log in, and to get a new password."""

import re

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired, Email, InputRequired, Length, ValidationError

from ..models import normal_email


def new_password():
    return PasswordField(
        "Password",
        [InputRequired(), Length(min=8)],
        description="At least 8 characters.",
        render_kw={"autocomplete": "new-password"},
    )


def present_password(label):
    return PasswordField(label, [InputRequired()], render_kw={"autocomplete": "current-password"})


def new_email(label):
    return EmailField(
        label,
        [DataRequired(), Length(max=254), Email(granular_message=True, allow_smtputf8=False)],
        filters=[lambda text: normal_email(text) if text else text],
        render_kw={"autocomplete": "email"},
    )


def plain_name(_form, field):
    """Refuse a name that would become a link or a separate line in a mail."""
    if not field.data.isprintable() or re.search(r"://|www\.|\.\w\w", field.data):
        raise ValidationError("Please give a name on one line, without an address of the web.")


def name_field():
    return StringField(
        "Name", [DataRequired(), Length(max=64), plain_name], render_kw={"autocomplete": "name"}
    )


class RegisterForm(FlaskForm):
    name = name_field()
    email = new_email("E-mail address")
    password = new_password()
    submit = SubmitField("Register")


class LoginForm(FlaskForm):
    email = EmailField("E-mail address", [DataRequired()], render_kw={"autocomplete": "email"})
    password = present_password("Password")
    remember = BooleanField("Keep me logged in")
    submit = SubmitField("Log in")


class ForgottenForm(FlaskForm):
    email = EmailField("E-mail address", [DataRequired()], render_kw={"autocomplete": "email"})
    submit = SubmitField("Send me a letter")


class NewPasswordForm(FlaskForm):
    password = new_password()
    submit = SubmitField("Take this password")
