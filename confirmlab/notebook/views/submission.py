"""Text and HTML of a packed submission."""

from collections import Counter
from urllib.parse import quote

from confirmlab.base.templating import render
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.views.registry import register


def _text(packed: PackedSubmission) -> str:
    folders = Counter(name.partition("/")[0] for name in packed.names)
    lines = [f"Packed {len(packed.names)} files into {packed.path}:"]
    lines += [f"  {name} ({count})" for name, count in folders.items()]
    lines += [f"Look at this: {sentence}" for sentence in packed.problems]
    total = len(packed.filled) + len(packed.open)
    lines.append(f"Filled: {len(packed.filled)} of {total} exercises.")
    lines.append(f"Open: {', '.join(e.id for e in packed.open) or 'none'}.")
    return "\n".join(lines)


def _html(packed: PackedSubmission) -> str:
    return render("submission.html", packed=packed, target=quote(packed.path.as_posix()))


register(PackedSubmission, _text, _html)
