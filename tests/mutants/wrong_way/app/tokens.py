"""Four ways to make the token of a user's confirmation link; only one of them is any good."""

from datetime import timezone
from hashlib import sha256


def by_id(user):
    """The number of the row: people count from 1, and so do attackers."""
    return str(user.id)


def by_time(user):
    """The second in which the user joined: a minute has only sixty of them."""
    return str(int(user.joined_at.replace(tzinfo=timezone.utc).timestamp()))


def by_hash(user):
    """The hash of the number: longer, and made without any secret."""
    return sha256(str(user.id).encode()).hexdigest()


def by_chance(user):
    """A code drawn at random and kept with the user: nobody can compute it."""
    return user.code


TOKENS = {"id": by_id, "time": by_time, "hash": by_hash, "random": by_chance}
