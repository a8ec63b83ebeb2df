"""An interactive lesson on confirming e-mail addresses in Flask."""

from typing import Any

from confirmlab.base.version import __version__

__all__ = ["__version__", "load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Add the commands of the course to a notebook: %load_ext confirmlab."""
    from confirmlab.processes import fork_server

    fork_server.warm_up()  # first, so that it imports in parallel with this kernel
    from confirmlab.notebook import magics

    magics.load(shell)
