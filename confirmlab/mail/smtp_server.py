"""Run an SMTP server in a thread; the only module that knows aiosmtpd."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

from confirmlab.mail.message import pack
from confirmlab.mail.smtp_faults import Behaviour

_MOST_ADDRESSES = 500


def serve(
    keep: Callable[[bytes], None], behaviour: Behaviour, sock: socket.socket, limit: int
) -> Any:
    """Accept mails up to a size on a listening socket, and keep each."""
    # Here, since those who only look at mails need no server.
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP

    addresses: dict[str, Any] = {}

    class LongLines(SMTP):
        line_length_limit = limit  # Flask-Mail does not wrap; a stylesheet is one line

        def _getaddr(self, arg: str) -> Any:
            # aiosmtpd makes a class each time it reads an address: a quarter of all its work.
            if arg not in addresses:
                if len(addresses) >= _MOST_ADDRESSES:
                    addresses.clear()
                addresses[arg] = super()._getaddr(arg)
            return addresses[arg]

    class Handler:
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
        ) -> str:
            reply = behaviour.refusal(address)
            if reply is None:
                envelope.rcpt_tos.append(address)
            return reply or "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if behaviour.delay:
                # A client that leaves meanwhile ends this here: its mail is not taken.
                await asyncio.sleep(behaviour.delay)
            hang_up = behaviour.hang_up(envelope.rcpt_tos)
            if hang_up != "before":
                keep(pack(envelope.content, envelope.mail_from or "", envelope.rcpt_tos))
            if hang_up:
                server.transport.abort()
            return "250 Message accepted"

    class Sink(Controller):
        def _create_server(self) -> Any:
            return self.loop.create_server(self._factory_invoker, sock=sock)

        def _trigger_server(self) -> None:
            # aiosmtpd would call itself here; the socket may be one of a sandbox's network, where
            # this process cannot.
            self.smtpd = self
            self._factory_invoked.set()

        def factory(self) -> SMTP:
            return LongLines(self.handler, **self.SMTP_kwargs)

    # The client is told what went wrong; a cell's stderr is no place for it.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    # Without server_hostname each connection asks the DNS for this machine's name.
    sink = Sink(
        Handler(),
        hostname="127.0.0.1",
        port=sock.getsockname()[1],
        server_hostname="localhost",
        data_size_limit=limit,
    )
    sink.start()
    return sink
