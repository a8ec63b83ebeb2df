"""Text and HTML of a certificate: the card in the notebook, and the page to print."""

import os
from pathlib import Path
from urllib.parse import quote

from confirmlab.base import files
from confirmlab.base.templating import document, render
from confirmlab.notebook.certificate import Certificate, CertifiedExercise
from confirmlab.notebook.views.progress import STATES, summary
from confirmlab.notebook.views.registry import register


def page(certificate: Certificate) -> str:
    """Return the certificate as a standalone HTML page."""
    return document(
        "certificate.html",
        certificate=certificate,
        help_used=_help_used(certificate),
        help_for=_help_for,
        states=STATES,
    )


def _text(certificate: Certificate) -> str:
    lines = [
        f"Your certificate: {files.display_path(certificate.path)}",
        summary(certificate.progress),
    ]
    lines += [f"Help used: {_help_used(certificate)}."]
    lines += [f"Open: {', '.join(entry.id for entry in certificate.open) or 'nothing'}."]
    return "\n".join(lines)


def _html(certificate: Certificate) -> str:
    return render(
        "certificate_card.html",
        certificate=certificate,
        summary=summary(certificate.progress),
        help_used=_help_used(certificate),
        target=quote(Path(os.path.relpath(certificate.path)).as_posix()),
    )


def _help_used(certificate: Certificate) -> str:
    """Return how many hints and early solutions were used."""
    hints, early = certificate.hints, certificate.early_solutions
    words = f"{hints or 'no'} hint{'' if hints == 1 else 's'}"
    return f"{words}, {early or 'no'} solution{'' if early == 1 else 's'} before success"


def _help_for(entry: CertifiedExercise) -> str:
    """Return which help was used for one exercise."""
    words = f"{entry.hints} of {entry.hints_total} hints" if entry.hints else "no hint"
    shown = {"on request": ", solution before success", "after success": ", solution afterwards"}
    return words + shown.get(entry.solution, "")


register(Certificate, _text, _html)
