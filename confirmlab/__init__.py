"""An interactive lesson on confirming e-mail addresses in Flask."""

__version__ = "0.1.0"
