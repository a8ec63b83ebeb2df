"""The forms of the profile."""

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Email, Length

from ..auth.forms import name_field
from ..models import normal_email


class ProfileForm(FlaskForm):
    name = name_field()
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
