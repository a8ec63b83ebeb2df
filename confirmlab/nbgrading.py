"""Old name of `points`; keep it, since grade cells of exported courses import it."""

from confirmlab.grading.exports.nbgrader.points import points

__all__ = ["points"]
