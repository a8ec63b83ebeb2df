"""The criteria of a mail to wait for, and whether a mail meets them."""

from dataclasses import dataclass

from confirmlab.mail.envelope import is_named, may_be_to
from confirmlab.mail.message import Mail


@dataclass(frozen=True)
class WantedMail:
    """The criteria of a mail: its recipient, words in its subject, and the mail that it follows."""

    to: str | None = None
    subject: str | None = None
    after: Mail | None = None

    def __str__(self) -> str:
        words = "later mail" if self.after else "mail"
        words += f" to {self.to!r}" if self.to else ""
        return words + (f" about {self.subject!r}" if self.subject else "")

    def may_be(self, packed: bytes) -> bool:
        """Return whether a mail may meet the criteria, by its envelope alone; nothing is parsed."""
        return self.to is None or may_be_to(packed, self.to)

    def fits(self, mail: Mail) -> bool:
        """Return whether a mail meets all criteria."""
        if self.to is not None and not is_named(mail.to, self.to):
            return False
        return self.subject is None or self.subject.lower() in mail.subject.lower()
