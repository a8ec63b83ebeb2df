"""Send mails, each as a text and as an HTML version."""

from flask import render_template
from flask_mail import Message

from .extensions import db, mail
from .outbox import Letter, hand_over, refused_for_good, ring


# region send-in-background
def send_email(to, subject, template, **context):
    """Render template.txt and template.html with the context, and mail both to one address."""
    message = Message(subject, recipients=[to])
    message.body = render_template(f"{template}.txt", **context).strip()
    message.html = render_template(f"{template}.html", **context).strip()
    mail.send(message)  # Your code here: leave a letter in the outbox instead.


def deliver(letter):
    """Try once to hand a letter over, and record the outcome; the postman calls this."""
    # Your code here.


# endregion send-in-background
