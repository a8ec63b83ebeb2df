"""Limits: how often something may happen, counted in the database for all servers together."""

from datetime import datetime, timedelta, timezone

from sqlalchemy import DateTime, String
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Mapped, mapped_column

from .extensions import db


class Limit(db.Model):
    """How often one thing happened since its period began."""

    what: Mapped[str] = mapped_column(String(400), primary_key=True)
    times: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def allowed(what, times=1, minutes=1):
    """Count one more try; return whether it is among the first `times` in so many minutes."""
    now = datetime.now(timezone.utc)
    db.session.execute(db.delete(Limit).where(Limit.ends_at <= now))
    # One statement counts and asks: two requests at once get two numbers.
    first = insert(Limit).values(what=what[:400], times=1, ends_at=now + timedelta(minutes=minutes))
    again = first.on_conflict_do_update(index_elements=["what"], set_={"times": Limit.times + 1})
    count = db.session.scalar(again.returning(Limit.times))
    db.session.commit()
    return count <= times


def forget(what):
    """Reset the count."""
    db.session.execute(db.delete(Limit).where(Limit.what == what[:400]))
    db.session.commit()
