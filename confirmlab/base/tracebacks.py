"""Cut a traceback down to what the learner wrote."""

import traceback


def trace(error: BaseException, *places: str) -> str:
    """Keep of a traceback the frames of these files and folders, and the last line."""
    last = "".join(traceback.format_exception_only(error))
    if isinstance(error, SyntaxError):
        return last
    frames = traceback.extract_tb(error.__traceback__)
    # Without columns: the marks under a line differ from one Python to the next.
    own = [
        traceback.FrameSummary(frame.filename, frame.lineno, frame.name, line=frame.line)
        for frame in frames
        if frame.filename.startswith(places)
    ]
    return "".join(["Traceback (most recent call last):\n", *traceback.format_list(own), last])
