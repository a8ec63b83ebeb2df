"""The forms to register, to log in, and to get a new password."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired, Email, Length

from ..models import normal_email


def tidy(text):
    return normal_email(text) if text else text


def new_password():
    return PasswordField(
        "Password",
        [DataRequired(), Length(min=8)],
        description="At least 8 characters.",
        render_kw={"autocomplete": "new-password"},
    )


class RegisterForm(FlaskForm):
    name = StringField("Name", [DataRequired(), Length(max=64)], render_kw={"autocomplete": "name"})
    email = EmailField(
        "E-mail address",
        [DataRequired(), Length(max=254), Email(granular_message=True, allow_smtputf8=False)],
        filters=[tidy],
        render_kw={"autocomplete": "email"},
    )
    password = new_password()
    submit = SubmitField("Register")


class LoginForm(FlaskForm):
    email = EmailField("E-mail address", [DataRequired()], render_kw={"autocomplete": "email"})
    password = PasswordField(
        "Password", [DataRequired()], render_kw={"autocomplete": "current-password"}
    )
    remember = BooleanField("Keep me logged in")
    submit = SubmitField("Log in")


class ForgottenForm(FlaskForm):
    email = EmailField("E-mail address", [DataRequired()], render_kw={"autocomplete": "email"})
    submit = SubmitField("Send me a letter")


class NewPasswordForm(FlaskForm):
    password = new_password()
    submit = SubmitField("Take this password")
