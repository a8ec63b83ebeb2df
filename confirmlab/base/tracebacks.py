"""Reduce a traceback to the frames of the learner's code."""

import traceback


def trace(error: BaseException, *places: str) -> str:
    """Return a traceback with its last line and only the frames in these files and folders."""
    last = "".join(traceback.format_exception_only(error))
    if isinstance(error, SyntaxError):
        return last
    frames = traceback.extract_tb(error.__traceback__)
    # Without columns, since Python versions mark different parts of a line.
    kept = [
        traceback.FrameSummary(frame.filename, frame.lineno, frame.name, line=frame.line)
        for frame in frames
        if frame.filename.startswith(places)
    ]
    return "".join(["Traceback (most recent call last):\n", *traceback.format_list(kept), last])
