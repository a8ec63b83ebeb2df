"""The name under which exported nbgrader_config.py files name the preprocessor; it stays."""

from confirmlab.grading.exports.nbgrader.preprocessor import FreshCells

__all__ = ["FreshCells"]
