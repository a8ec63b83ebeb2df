"""A thread is all it takes.

The mail is rendered in time, and then exists only in the memory of a thread. If the mail server
or the process dies, the mail is gone, and nobody hears of it.
"""

# region send-in-background
from threading import Thread
from flask import current_app

def send_email(to, subject, template, **context):
    message = Message(subject, recipients=[to])
    message.body = render_template(f"{template}.txt", **context).strip()
    message.html = render_template(f"{template}.html", **context).strip()
    Thread(target=send_now, args=(current_app._get_current_object(), message)).start()

def send_now(app, message):
    with app.app_context():
        mail.send(message)
# endregion send-in-background
