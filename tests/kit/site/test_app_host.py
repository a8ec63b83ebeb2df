"""Facts about the process that hosts the app under test."""

import socket
import threading

from confirmlab.site.driver import app_host


def test_a_port_that_somebody_holds_for_a_moment_is_taken_again():
    """The app's mail port is opened again once another program has given it up."""
    holder = socket.create_server(("127.0.0.1", 0))
    port = holder.getsockname()[1]
    free_it = threading.Timer(0.2, holder.close)
    free_it.start()
    with app_host._listener_again(port) as listener:
        assert listener.getsockname()[1] == port
    free_it.join()
