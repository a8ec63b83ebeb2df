"""The forms of the profile."""

from flask_wtf import FlaskForm
from wtforms import SubmitField, TextAreaField
from wtforms.validators import Length

from ..auth.forms import name_field, new_email, present_password


class ProfileForm(FlaskForm):
    name = name_field()
    about = TextAreaField("About you and your pigeons", [Length(max=1000)], render_kw={"rows": 6})
    submit = SubmitField("Save")


class AddressForm(FlaskForm):
    email = new_email("New e-mail address")
    password = present_password("Your password")
    submit = SubmitField("Change it")
