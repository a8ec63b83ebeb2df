"""The name under which grade cells of exported courses call nbgrader.points; it stays."""

from confirmlab.grading.exports.nbgrader.points import points

__all__ = ["points"]
