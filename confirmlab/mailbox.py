"""Former name of confirmlab.mail.inbox, kept for now for instructors' hidden tests."""

from warnings import warn

from confirmlab.mail.inbox import *  # noqa: F403

warn("import confirmlab.mail.inbox instead", DeprecationWarning, stacklevel=2)
