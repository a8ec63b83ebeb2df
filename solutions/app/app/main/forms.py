"""The form of the profile."""

from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length


class ProfileForm(FlaskForm):
    name = StringField("Name", [DataRequired(), Length(max=64)], render_kw={"autocomplete": "name"})
    about = TextAreaField("About you and your pigeons", [Length(max=1000)], render_kw={"rows": 6})
    submit = SubmitField("Save")
