"""HTTP/1.1 as bytes: sends exactly what it is told to, and reads answers strictly, so that no fault of theirs is overlooked.

    with RawClient(port) as client:
        client.send(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        answer = client.read_answer()
        client.read_end()

Malformed says that bytes are no answer, or not a whole one; TimeoutError that none came in time.
"""

import re
import socket
import struct
import threading

_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [\x20-\x7e\t]*\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\xff](?:[\x20-\xff\t]*[\x21-\xff])?)?[ \t]*\r\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")
_LINE_BYTES_MAX = 64 * 1024


class Malformed(AssertionError):
    pass


class Answer:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields  # of (lower-case name, value)
        self.body = body

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"

    def get(self, name):
        """The value of a field, None when there is none; a field that stands there twice is an error."""
        values = [value for field, value in self.fields if field == name.lower()]
        if len(values) > 1:
            raise Malformed(f"{name} stands there {len(values)} times: {values}")
        return values[0] if values else None

    @property
    def says_close(self):
        return "close" in (self.get("Connection") or "").lower()


class RawClient:
    """One connection: to a port of 127.0.0.1, or to the path of a Unix socket."""

    def __init__(self, address, timeout=20, source=None, receive_bytes=None):
        if isinstance(address, int):
            self.socket = socket.socket()
            if source:
                self.socket.bind((source, 0))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            address = ("127.0.0.1", address)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self._stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._stream.close()
        self.socket.close()

    def reset(self):
        """Leaves with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def send(self, data):
        """False when the server has closed before it has taken all; what it said can still be read."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def send_by_byte(self, data):
        return all(self.send(data[at : at + 1]) for at in range(len(data)))

    def send_meanwhile(self, data):
        """In a thread, which is returned."""
        thread = threading.Thread(target=self.send, args=(data,), daemon=True)
        thread.start()
        return thread

    def end_sending(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has closed

    def _line(self):
        line = self._stream.readline(_LINE_BYTES_MAX)
        if line and not line.endswith(b"\n"):
            raise Malformed(f"closed within the line {line[:200]!r}")
        return line

    def _exactly(self, count):
        data = self._stream.read(count)
        if len(data) != count:
            raise Malformed(f"closed {count - len(data)} bytes before the end of a body")
        return data

    def _fields(self):
        fields = []
        while (line := self._line()) != b"\r\n":
            match = _FIELD.fullmatch(line)
            if not match:
                raise Malformed(f"no header field: {line[:200]!r}")
            fields.append((match[1].decode().lower(), (match[2] or b"").decode("latin-1")))
        return fields

    def _chunks(self):
        body = b""
        while True:
            line = self._line()
            match = _CHUNK_SIZE.fullmatch(line)
            if not match:
                raise Malformed(f"no chunk size: {line[:200]!r}")
            size = int(match[1], 16)
            if size == 0:
                self._fields()
                return body
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise Malformed("no end of line behind a chunk")

    def read_answer(self, method="GET"):
        """The next answer, also an interim one; None when the server has closed instead."""
        line = self._line()
        if not line:
            return None
        match = _STATUS_LINE.fullmatch(line)
        if not match:
            raise Malformed(f"no status line: {line[:200]!r}")
        answer = Answer(int(match[1]), self._fields(), b"")
        length, coding = answer.get("Content-Length"), answer.get("Transfer-Encoding")
        if answer.status < 200 or answer.status == 204:
            if length is not None or coding is not None:
                raise Malformed(f"{answer.status} with a length or a coding")
        elif method != "HEAD" and answer.status != 304:
            if (length is None) == (coding is None):
                raise Malformed(f"{answer.status} whose body has no length, or two: {answer.fields}")
            answer.body = self._exactly(int(length)) if coding is None else self._chunks()
        return answer

    def read_final(self, method="GET"):
        """The same without interim answers."""
        while (answer := self.read_answer(method)) and answer.status < 200:
            pass
        return answer

    def read_end(self):
        """The server has said all that it has to say, and has closed in order."""
        rest = self._stream.read(1)
        if rest:
            raise Malformed(f"more than was expected: {(rest + self._stream.peek())[:200]!r}")

    def is_open(self, seconds=0.05):
        """Nothing has come, and the server has not closed, within this time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b"?"
        except TimeoutError:
            return True
        except ConnectionResetError:
            return False
        finally:
            self.socket.settimeout(20)


def request(method, target, *lines, body=b"", version="HTTP/1.1", host="localhost"):
    """The bytes of a request; its length is not among the header lines unless it is given there. No host: None."""
    head = [f"{method} {target} {version}".encode()]
    head += [f"Host: {host}".encode()] if host is not None else []
    head += [line if isinstance(line, bytes) else line.encode() for line in lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def json_request(method, target, body, *lines, **kwargs):
    """The same with a JSON body and its length."""
    length = f"Content-Length: {len(body)}"
    return request(method, target, "Content-Type: application/json", length, *lines, body=body, **kwargs)


def chunked(body, size=7, extension=b"", trailers=b""):
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"
