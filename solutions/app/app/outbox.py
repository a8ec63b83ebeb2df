"""The outbox: letters to be sent, and the postman who takes them to the mail server."""

import smtplib
import ssl
import threading
from datetime import datetime, timedelta, timezone
from email.utils import make_msgid

from flask import current_app
from flask_mail import Connection, Message
from sqlalchemy import DateTime, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .extensions import db

SETTINGS = {
    "MAIL_TIMEOUT": 10,  # seconds in which the mail server has to answer
    "OUTBOX_PAUSE": 1,  # seconds before a second try; the pause doubles with each further one
    "OUTBOX_LONGEST_PAUSE": 3600,
    "OUTBOX_LEASE": 60,  # seconds that a postman has for a letter; then anybody may take it
    "OUTBOX_ROUND": 5,  # seconds after which a postman looks again without being woken
}
PATIENCE = timedelta(days=1)  # what could not be delivered by then never will be
NOBODY = "nobody@pigeonpost.example"  # letters to this address are written, and go nowhere


def now():
    return datetime.now(timezone.utc)


def aware(moment):
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)  # SQLite drops it


def new_message_id():
    return make_msgid(domain="pigeonpost.example")


class Letter(db.Model):
    """A mail that is ready to go: plain text, which needs no request and no other object."""

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(254), unique=True, default=new_message_id)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(254))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    problem: Mapped[str] = mapped_column(Text, default="")  # what went wrong at the last try

    def __repr__(self):
        state = "sent" if self.sent_at else "failed" if self.failed_at else "waiting"
        return f"<Letter {self.subject!r} to {self.recipient}, {state}>"

    def message(self):
        """Return the message for Flask-Mail; its Message-ID is the same at each try."""
        message = Message(self.subject, recipients=[self.recipient], body=self.text, html=self.html)
        message.msgId = self.message_id
        return message

    def mark_sent(self):
        """Record that the mail server has taken the letter."""
        self.sent_at = now()
        self._forget()

    def give_up(self, problem):
        """Record that the letter will never be taken."""
        self.failed_at, self.problem = now(), problem
        self._forget()

    def put_off(self, problem):
        """Schedule another try, after a longer pause each time."""
        if now() - aware(self.written_at) > PATIENCE:
            self.give_up(problem)
            return
        longest = current_app.config["OUTBOX_LONGEST_PAUSE"]
        pause = min(longest, current_app.config["OUTBOX_PAUSE"] * 2.0 ** min(self.tries - 1, 30))
        self.due_at, self.problem = now() + timedelta(seconds=pause), problem

    def _forget(self):
        self.text = self.html = ""  # its links may still work


WAITING = (Letter.sent_at.is_(None), Letter.failed_at.is_(None))


class PromptConnection(Connection):
    """Flask-Mail's connection with a time limit; without one it waits for ever."""

    def configure_host(self):
        server = self.mail.server, self.mail.port
        timeout = current_app.config["MAIL_TIMEOUT"]
        # By default smtplib accepts any certificate, so anybody could pretend to be our server.
        if self.mail.use_ssl:
            trusted = ssl.create_default_context()
            host = smtplib.SMTP_SSL(*server, timeout=timeout, context=trusted)
        else:
            host = smtplib.SMTP(*server, timeout=timeout)
        if self.mail.use_tls:
            host.starttls(context=ssl.create_default_context())
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host

    def __exit__(self, *error):
        try:
            super().__exit__(*error)
        except OSError:
            pass  # a server that says no goodbye has taken the letter all the same


def hand_over(letter):
    """Hand a letter to the mail server, or raise an OSError."""
    if letter.recipient == NOBODY:
        return
    with PromptConnection(current_app.extensions["mail"]) as connection:
        connection.send(letter.message())


def refused_for_good(error):
    """Return whether the mail server will never take this letter (it answered with a 5xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def take_next():
    """Take the next letter that is due, so that no other postman gets it, too."""
    due = db.select(Letter.id).where(*WAITING, Letter.due_at <= now())
    for letter_id in db.session.scalars(due.order_by(Letter.due_at, Letter.id).limit(10)).all():
        lease = timedelta(seconds=current_app.config["OUTBOX_LEASE"])
        taken = db.session.execute(
            db.update(Letter)
            .where(Letter.id == letter_id, *WAITING, Letter.due_at <= now())
            .values(due_at=now() + lease, tries=Letter.tries + 1)
        )
        db.session.commit()
        if taken.rowcount:
            return db.session.get(Letter, letter_id)
    return None


class Postman:
    """Delivers what is due, in a thread beside the requests."""

    def __init__(self, app):
        self.app = app
        self.bell = threading.Event()
        self.lock = threading.Lock()
        self.thread = None

    def start(self):
        """Start the thread, unless it runs in this process already."""
        with self.lock:
            if self.thread is None and not self.app.testing:
                self.thread = threading.Thread(target=self.work, name="postman", daemon=True)
                self.thread.start()

    def ring(self):
        """Wake the postman for a new letter."""
        self.bell.set()
        if self.app.testing:
            self.deliver_due()  # at once, so that a test sees what it causes

    def work(self):
        """Deliver letters for as long as the process lives."""
        while True:
            self.bell.clear()
            pause = self.app.config["OUTBOX_ROUND"]
            try:
                pause = self.deliver_due()
            except Exception:  # the database may be away; a dead postman would deliver nothing more
                self.app.logger.exception("The postman could not look into the outbox.")
            self.bell.wait(pause)

    def deliver_due(self):
        """Try each letter that is due; return the seconds until there is more to do."""
        with self.app.app_context():
            while letter := take_next():
                try:
                    from .email import deliver  # here, since that module imports this one

                    deliver(letter)
                except Exception as error:  # one bad letter must not hold up the others
                    self.app.logger.exception("A letter could not be delivered.")
                    db.session.rollback()
                    letter.put_off(f"{type(error).__name__}: {error}")
                    db.session.commit()
            soonest = db.session.scalar(db.select(db.func.min(Letter.due_at)).where(*WAITING))
        longest = self.app.config["OUTBOX_ROUND"]
        if soonest is None:
            return longest
        return min(max(0, (aware(soonest) - now()).total_seconds()), longest)


def ring():
    """Wake the postman of this app: there is a new letter."""
    current_app.extensions["postman"].ring()


def init_app(app):
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    postman = app.extensions["postman"] = Postman(app)
    # Not at once: `flask db` and `flask shell` make an app, too, and deliver nothing; and a
    # server that forks its workers after create_app() would leave the thread behind.
    app.before_request(postman.start)
