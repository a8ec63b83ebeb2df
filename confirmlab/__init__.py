"""An interactive lesson on confirming e-mail addresses in Flask."""

from typing import Any

from confirmlab.base.version import __version__

__all__ = ["__version__", "load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Add the commands of the course to a notebook: %load_ext confirmlab."""
    from confirmlab.processes import fork_server

    def warm_up_the_rest(_result: object) -> None:
        shell.events.unregister("post_run_cell", warm_up_the_rest)
        fork_server.warm_up()

    # First, so that it imports in parallel with this kernel. With two at once the first cell would
    # take longer; the other one starts when that is done.
    fork_server.warm_up(fork_server.Parent.APP)
    shell.events.register("post_run_cell", warm_up_the_rest)
    from confirmlab.notebook import magics

    magics.load(shell)
