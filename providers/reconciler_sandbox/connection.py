"""One connection of a client: a request has to arrive whole in good time, and can be broken on purpose.

The web server waits for ever for the end of a request that has begun: a client that sends a byte now
and then would hold its connection, and with many of them all that the server can have.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler_sandbox.faults.sockets import TRANSPORT

PATIENCE_SECONDS = 20.0
"""From the first byte of a request to its last; and from the connection to the first byte of all."""


class Connection(H11Protocol):
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # h11 names a base class
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Is a request on its way, of which we have a part?"""
        begun = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0] != b""
        if begun or self.conn.their_state is h11.SEND_BODY:
            self._wait()
        else:
            self._arrived()

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(PATIENCE_SECONDS, self.transport.abort)

    def _arrived(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
