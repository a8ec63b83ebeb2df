"""Imported before the fork server forks: loads the course once for all children that read.

Reading one notebook of the course fills the caches of lessons, blanks and stubs. The reference
fills would take each child 0.05 s.
"""

import gc

from confirmlab.base import paths
from confirmlab.course import lessons
from confirmlab.submissions import merge, reader

reader.read(paths.in_kit("notebooks", f"{lessons.load().lessons[0].name}.ipynb"))
merge.reference_fills()
gc.collect()
gc.freeze()
