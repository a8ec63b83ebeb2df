"""The forms of the profile."""

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Email, Length

from ..models import normal_email


class ProfileForm(FlaskForm):
    name = StringField("Name", [DataRequired(), Length(max=64)], render_kw={"autocomplete": "name"})
    about = TextAreaField("About you and your pigeons", [Length(max=1000)], render_kw={"rows": 6})
    submit = SubmitField("Save")


class AddressForm(FlaskForm):
    email = EmailField(
        "New e-mail address",
        [DataRequired(), Length(max=254), Email(granular_message=True, allow_smtputf8=False)],
        filters=[lambda text: normal_email(text) if text else text],
        render_kw={"autocomplete": "email"},
    )
    password = PasswordField(
        "Your password", [DataRequired()], render_kw={"autocomplete": "current-password"}
    )
    submit = SubmitField("Change it")
