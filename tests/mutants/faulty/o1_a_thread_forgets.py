"""A thread is all it takes.

The letter is rendered in time, and then lives in the memory of a thread. With a dead mail
server, or a dead process, it is gone, and nobody hears of it.
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
