"""A service that breaks calls off by RST_STREAM, as proxies and servers do that are in trouble: bytes of HTTP/2 written by hand."""

import socket
import threading

from support import documents, programs, rest, runner

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADERS, _RST_STREAM, _SETTINGS, _PING = 1, 3, 4, 6
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_CANCEL = 8


def _frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _field(name, value):
    """An HPACK literal that is not indexed."""
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value


# ":status: 200" from HPACK's static table, and UNIMPLEMENTED: what a service without health checks answers.
_NO_HEALTH = b"\x88" + _field(b"content-type", b"application/grpc") + _field(b"grpc-status", b"12")


class ResettingService:
    """Answers every call but the health check with RST_STREAM."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rwb") as stream:
            stream.read(len(_PREFACE))
            stream.write(_frame(_SETTINGS, 0, 0))
            stream.flush()
            while head := stream.read(9):
                payload = stream.read(int.from_bytes(head[:3], "big"))
                stream.write(self._answer(head[3], head[4], int.from_bytes(head[5:], "big"), payload))
                stream.flush()

    @staticmethod
    def _answer(kind, flags, stream, payload):
        if kind in (_SETTINGS, _PING) and not flags & _ACK:
            return _frame(kind, _ACK, 0, payload if kind == _PING else b"")
        if kind == _HEADERS and stream == 1:  # the health check comes first
            return _frame(_HEADERS, _END_STREAM | _END_HEADERS, stream, _NO_HEALTH)
        if kind == _HEADERS:
            return _frame(_RST_STREAM, 0, stream, _CANCEL.to_bytes(4, "big"))
        return b""


class Reset(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(ResettingService())
        cls.gateway = cls.enterClassContext(programs.gateway(service.port))

    @runner.table(
        [
            ("get", "GET", rest.track_path("a"), None),
            ("put", "PUT", rest.track_path("a"), documents.minimal("a")),
            ("post", "POST", rest.TRACKS, {"tracks": [documents.minimal("a")]}),
        ]
    )
    def is_503_for(self, method, path, document):
        with rest.Rest(self.gateway.port) as client:
            reply = client.call(method, path, document)
        self.assertEqual(reply.status, 503, reply.body)
        self.assertRegex(reply.headers["Retry-After"], r"^\d+$")
        self.assertEqual(reply.document["error"]["name"], "ServiceUnavailableError")
        self.assertEqual(reply.document["error"]["message"], "the service has broken the call off")


if __name__ == "__main__":
    runner.main()
