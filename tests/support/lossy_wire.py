"""A wire to an HTTP server that can lose an answer after its effect."""

import contextlib
import socket
import threading
from collections.abc import Iterator

KEPT = 16_384
"""Bytes of a request in which the word is looked for."""


class LossyWire:
    """Forwards bytes; `lose(n, word)`: the answers to the next n requests that hold the word never arrive."""

    def __init__(self, port: int) -> None:
        self.server_port, self.lost = port, 0
        self._left, self._word = 0, b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def lose(self, n: int, word: bytes) -> None:
        with self._lock:
            self._left, self._word = n, word

    def accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _carry(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port))
        except OSError:
            client.close()
            return
        doomed = threading.Event()
        threading.Thread(target=self._answers, args=(server, client, doomed), daemon=True).start()
        asked = b""
        with contextlib.suppress(OSError):
            while data := client.recv(65_536):
                asked = (asked + data)[-KEPT:]
                if self._is_to_be_lost(asked):
                    doomed.set()
                    asked = b""
                server.sendall(data)
        closed(server)

    def _is_to_be_lost(self, asked: bytes) -> bool:
        with self._lock:
            hit = self._left > 0 and self._word in asked
            self._left -= hit
            return hit

    def _answers(self, server: socket.socket, client: socket.socket, doomed: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                if doomed.is_set():
                    self.lost += 1
                    break
                client.sendall(data)
        closed(client)
        closed(server)


def closed(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def lossy(port: int) -> Iterator[LossyWire]:
    wire = LossyWire(port)
    threading.Thread(target=wire.accept, daemon=True).start()
    try:
        yield wire
    finally:
        wire.close()
