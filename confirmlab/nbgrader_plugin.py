"""Old name of the preprocessor; keep it, since exported nbgrader_config.py files import it."""

from confirmlab.grading.exports.nbgrader.preprocessor import FreshCells

__all__ = ["FreshCells"]
