"""A line between browser and server: it notes what is asked for, counts open streams, can be slow, and can be cut."""

import re
import socket
import threading
import time
from contextlib import suppress

_ASKED = re.compile(rb"(?:^|\r\n\r\n|\n)(GET|HEAD|POST|PUT|PATCH|DELETE) (\S+) HTTP/1\.1\r\n")
STREAM = "/_sandbox/stream"


class Proxy:
    """Passes bytes on to the server's port, on a port of its own."""

    def __init__(self, port: int) -> None:
        self.port_of_server = port
        self.asked: list[tuple[str, str]] = []
        """Method and path of every request, in order."""
        self.latency = 0.0
        """Seconds that each piece waits, in both directions."""
        self.bytes_per_second = 0.0
        """How fast bytes come back; 0: as fast as they can."""
        self._streams: set[socket.socket] = set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def streams(self) -> int:
        """How many streams are open."""
        with self._lock:
            return len(self._streams)

    def close(self) -> None:
        self._ended = True
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for each in left:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.port_of_server))
        except OSError:
            client.close()  # the server is down: so is this line
            return
        with self._lock:
            self._open |= {client, server}
        back = threading.Thread(target=self._pass, args=(server, client, client), daemon=True)
        back.start()
        self._pass(client, server, client)
        back.join()
        with self._lock:
            self._open -= {client, server}
            self._streams.discard(client)
        client.close()
        server.close()

    def _pass(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                if source is client:
                    self._note(piece, client)
                if self.latency:
                    time.sleep(self.latency)
                if self.bytes_per_second and target is client:
                    time.sleep(len(piece) / self.bytes_per_second)
                target.sendall(piece)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _note(self, piece: bytes, client: socket.socket) -> None:
        for method, path in _ASKED.findall(piece):
            with self._lock:
                self.asked.append((method.decode(), path.decode()))
                if path.decode().startswith(STREAM):
                    self._streams.add(client)
                else:
                    self._streams.discard(client)
