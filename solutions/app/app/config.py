"""The settings of the app."""

import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path


class Config:
    SECRET_KEY = os.environ.get("SECRET_KEY")  # without one, create_app() makes and keeps one
    SQLALCHEMY_DATABASE_URI = "sqlite:///app.sqlite"  # a file in the instance folder
    # An error in the log shows the statement, and not the addresses and hashes in it.
    SQLALCHEMY_ENGINE_OPTIONS = {"hide_parameters": True}

    # region pinned-host
    SERVER_NAME = os.environ.get("SERVER_NAME") or "127.0.0.1:5000"  # where mailed links lead
    TRUSTED_HOSTS = [SERVER_NAME, "127.0.0.1", "localhost"]  # the site answers to no other name
    # endregion pinned-host

    MAIL_SERVER = "127.0.0.1"
    MAIL_PORT = int(os.environ.get("MAIL_PORT") or 8025)
    MAIL_DEFAULT_SENDER = ("Pigeon Post", "loft@pigeonpost.example")
    APP_ADMIN = "keeper@pigeonpost.example"  # is told of every new member

    # The page to go to after a login is kept in the signed session. In the address of the
    # login page anybody could change it, and send our members to another site.
    USE_SESSION_FOR_NEXT = True
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    REMEMBER_COOKIE_SAMESITE = "Lax"  # the cookie of those who want to stay logged in
    REMEMBER_COOKIE_DURATION = timedelta(days=30)
    MAX_CONTENT_LENGTH = 100_000  # bytes of a form


def kept_secret_key(folder):
    """Return the secret key kept in the folder, made at random the first time."""
    path = Path(folder) / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written under another name first (mkstemp lets only the owner read it), so that
        # nobody ever reads half a key, and of two first starts at once only one wins.
        number, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(number, "w") as file:
            file.write(secrets.token_hex(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key is used
        except OSError:
            os.replace(draft, path)  # a disk without hard links
        finally:
            Path(draft).unlink(missing_ok=True)
    return path.read_text().strip()
