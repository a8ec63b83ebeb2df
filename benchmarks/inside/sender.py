"""Send mails as an app does, each over a connection of its own: `sender.py PORT`.

Each line on stdin asks for mails: how many, and to whom; the answer is a line with the seconds.
"""

import smtplib
import sys
import time
from email import policy
from email.message import EmailMessage

LINK = "http://127.0.0.1:5000/auth/confirm/" + "eyJhbGciOiJIUzUxMiJ9" * 10


def mail(to: str) -> bytes:
    """Write a confirmation mail: a text and a page, and a link in each."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "post@example.com", to, "Please confirm"
    message.set_content(f"Dear Ada,\n\nplease confirm your address:\n\n{LINK}\n")
    message.add_alternative(f'<p>Dear Ada,</p><p><a href="{LINK}">Confirm</a></p>', subtype="html")
    return message.as_bytes(policy=policy.SMTP)


for line in sys.stdin:
    count, to = line.split()
    text = mail(to)
    began = time.perf_counter()
    for _ in range(int(count)):
        with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="localhost") as server:
            server.sendmail("post@example.com", [to], text)
    print(time.perf_counter() - began, flush=True)
