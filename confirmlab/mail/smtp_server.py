"""Run an SMTP server in a thread; the only module that uses aiosmtpd."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from confirmlab.mail.envelope import pack
from confirmlab.mail.smtp_faults import SmtpFaults

_MOST_ADDRESSES = 500
_STEP = 0.02  # seconds between two checks of the delay


def serve(
    keep: Callable[[bytes], None], faults: SmtpFaults, sock: socket.socket, limit: int
) -> Any:
    """Start an SMTP server that passes each mail of at most `limit` bytes to `keep`; return it."""
    # Imported here: aiosmtpd is slow to import, and reading mails needs no server.
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP

    addresses: dict[str, Any] = {}

    class LongLines(SMTP):
        line_length_limit = limit  # Flask-Mail wraps nothing; a stylesheet can be one line

        def _getaddr(self, arg: str) -> Any:
            # aiosmtpd builds a parser class for each address, a quarter of its work; cache results.
            if arg not in addresses:
                if len(addresses) >= _MOST_ADDRESSES:
                    addresses.clear()
                addresses[arg] = super()._getaddr(arg)
            return addresses[arg]

    class Handler:
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
        ) -> str:
            reply = faults.refusal(address)
            if reply is None:
                envelope.rcpt_tos.append(address)
            return reply or "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if faults.delay:
                # If the client disconnects meanwhile, this is cancelled and the mail not kept.
                await _delay(faults)
            drop = faults.drops(envelope.rcpt_tos)
            if drop != "before":
                keep(pack(envelope.content, envelope.mail_from or "", envelope.rcpt_tos))
            if drop:
                server.transport.abort()
            return "250 Message accepted"

    class Sink(Controller):
        def _create_server(self) -> Any:
            return self.loop.create_server(self._factory_invoker, sock=sock)

        def _trigger_server(self) -> None:
            # aiosmtpd would connect to itself here, which fails for a socket in the network of a
            # sandbox.
            self.smtpd = self
            self._factory_invoked.set()

        def factory(self) -> SMTP:
            return LongLines(self.handler, **self.SMTP_kwargs)

    # The client gets each error; without this, cells would show them on stderr too.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    # Without server_hostname, each connection looks up this machine's name in the DNS.
    sink = Sink(
        Handler(),
        hostname="127.0.0.1",
        port=sock.getsockname()[1],
        server_hostname="localhost",
        data_size_limit=limit,
    )
    sink.start()
    return sink


async def _delay(faults: SmtpFaults) -> None:
    """Wait for the delay of a mail, or until there is none any more."""
    began = time.monotonic()
    while (left := began + faults.delay - time.monotonic()) > 0:
        await asyncio.sleep(min(left, _STEP))
    if not faults.delay:
        await asyncio.sleep(_STEP)  # a client that has disconnected by now is noticed first
