"""A gRPC service on bare HTTP/2 frames, for what no library would ever send. It plays a script to each call:

    def forgets_the_trailers(connection, request):
        connection.headers(request.stream, raw_http2.HEADERS)
        connection.data(request.stream, raw_http2.message(b"…"), end=True)

    with raw_http2.Peer(forgets_the_trailers) as peer:
        …                               # peer.port

Each connection has a thread, which reads frames, does what HTTP/2 asks of it (acknowledgements, windows), and runs the script when
a request is there. Calls of gRPC's health service are UNIMPLEMENTED, so that the peer counts as healthy. What a script raises ends
the connection, and the test with it, unless it is that the client has gone.
"""

import contextlib
import select
import socket
import struct
import threading

from support import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS_FRAME, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = range(4)
REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY = range(7, 13)

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = range(1, 7)

FRAME_BYTES_MAX = 16384
_WINDOW = 65535
_PATIENCE_SECONDS = 60

HEADERS = [(":status", "200"), ("content-type", "application/grpc")]


class Gone(Exception):
    """The client has closed the connection."""


def trailers(status=0, message=None, *more):
    fields = [("grpc-status", str(status))]
    if message is not None:
        fields.append(("grpc-message", message))
    return fields + list(more)


def message(data, flag=0, length=None):
    """gRPC's framing of a message; the length is true unless it is given."""
    return struct.pack(">BI", flag, len(data) if length is None else length) + data


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    return struct.pack(">I", len(payload) if length is None else length)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def header_frames(stream, fields, end=False):
    """HEADERS, and CONTINUATION for what is too long for one frame. The fields may be a block that is encoded already."""
    block = fields if isinstance(fields, bytes) else hpack.encode(fields)
    pieces = [block[at : at + FRAME_BYTES_MAX] for at in range(0, len(block), FRAME_BYTES_MAX)] or [b""]
    frames = b""
    for index, piece in enumerate(pieces):
        flags = END_HEADERS if index == len(pieces) - 1 else 0
        if index == 0:
            frames += frame(HEADERS_FRAME, flags | (END_STREAM if end else 0), stream, piece)
        else:
            frames += frame(CONTINUATION, flags, stream, piece)
    return frames


def reply_frames(stream, data):
    """A good reply, all of it."""
    return (
        header_frames(stream, HEADERS)
        + frame(DATA, 0, stream, message(data))
        + header_frames(stream, trailers(), end=True)
    )


class Request:
    def __init__(self, connection, stream, fields, number):
        self.connection = connection
        self.stream = stream
        self.fields = dict(fields)
        self.path = self.fields[b":path"].decode()
        self.number = number  # of the peer's calls, from 1
        self.has_ended = False
        self.body = bytearray()
        self.reset_code = None


class Connection:
    def __init__(self, peer, sock, number):
        self.number = number  # from 1
        self.goaway_code = None  # of the client's
        self.pings_unanswered = 0
        self.open_streams = set()  # of calls that were not answered yet
        self.open_streams_max = 0  # the most of them since reset by a script
        self.settings_acknowledged = 0
        self._peer = peer
        self._socket = sock
        self._decoder = hpack.Decoder()
        self._requests = {}
        self._ready = []
        self._windows = {0: _WINDOW}  # what we may send, by stream
        self._initial_window = _WINDOW
        self._block = None

    def plays(self, script):
        """Whether the peer still plays it: for scripts without an end of their own."""
        return self._peer.script is script

    # ---- Sending ----

    def send(self, data):
        self._socket.sendall(data)

    def frame(self, kind, flags=0, stream=0, payload=b"", length=None):
        self.send(frame(kind, flags, stream, payload, length))

    def settings(self, values=(), flags=0):
        self.frame(SETTINGS, flags, 0, b"".join(struct.pack(">HI", *pair) for pair in dict(values).items()))

    def headers(self, stream, fields, end=False):
        self.send(header_frames(stream, fields, end))
        if end:
            self.open_streams.discard(stream)

    def data(self, stream, data, end=False, padding=None, piece_bytes=FRAME_BYTES_MAX):
        """In frames of at most so many bytes, each as soon as the client's windows let it."""
        at = 0
        while at < len(data) or (end and at == 0):
            extra = 0 if padding is None else 1 + padding
            self._await_window(stream, min(piece_bytes, len(data) - at) + extra)
            piece = data[at : at + piece_bytes]
            at += len(piece)
            flags = END_STREAM if end and at >= len(data) else 0
            payload = piece if padding is None else bytes([padding]) + piece + bytes(padding)
            for window in (0, stream):
                self._windows[window] -= len(payload)
            self.frame(DATA, flags | (0 if padding is None else PADDED), stream, payload)
            if at == 0:
                break
        if end:
            self.open_streams.discard(stream)

    def _await_window(self, stream, needed):
        while min(self._windows[0], self._windows[stream]) < needed:
            self.read_frame()

    def rst_stream(self, stream, code):
        self.frame(RST_STREAM, 0, stream, struct.pack(">I", code))
        self.open_streams.discard(stream)

    def goaway(self, last_stream, code=NO_ERROR, debug=b""):
        self.frame(GOAWAY, 0, 0, struct.pack(">II", last_stream, code) + debug)

    def ping(self):
        self.pings_unanswered += 1
        self.frame(PING, 0, 0, b"raw_ping")

    def window_update(self, stream, increment):
        self.frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))

    def reply(self, request, data=b"", fields=(), more_trailers=()):
        """A good answer."""
        self.headers(request.stream, HEADERS + list(fields))
        self.data(request.stream, message(data))
        self.headers(request.stream, trailers(0, None, *more_trailers), end=True)

    def fail(self, request, *status):
        """A good answer with a status, in trailers only."""
        self.headers(request.stream, HEADERS + trailers(*status), end=True)

    # ---- Ending ----

    def close(self):
        """Everything that was sent arrives; then the connection ends."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(5)
            while self._socket.recv(65536):
                pass
        raise Gone

    def abort(self):
        """RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()
        raise Gone

    def await_end(self):
        """Until the client closes the connection; what it sends is dropped."""
        while self._socket.recv(65536):
            pass
        raise Gone

    # ---- Reading ----

    def read_bytes(self, count):
        data = bytearray()
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise Gone
            data += piece
        return bytes(data)

    def read_preface(self):
        if self.read_bytes(len(PREFACE)) != PREFACE:
            raise AssertionError("the client does not begin as HTTP/2 does")

    def read_frame(self):
        """Reads one, and does what is to be done about it."""
        head = self.read_bytes(9)
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        payload = self.read_bytes(int.from_bytes(head[:3], "big"))
        handler = self._HANDLERS.get(kind)
        if handler:
            handler(self, flags, stream, payload)

    def _on_settings(self, flags, _, payload):
        if flags & ACK:
            self.settings_acknowledged += 1
            return
        for name, value in struct.iter_unpack(">HI", payload):
            if name == INITIAL_WINDOW_SIZE:
                for stream in self._windows.keys() - {0}:
                    self._windows[stream] += value - self._initial_window
                self._initial_window = value
        self.frame(SETTINGS, ACK)

    def _on_ping(self, flags, _, payload):
        if flags & ACK:
            self.pings_unanswered -= 1
        else:
            self.frame(PING, ACK, 0, payload)

    def _on_window_update(self, _, stream, payload):
        if stream in self._windows:
            self._windows[stream] += struct.unpack(">I", payload)[0]

    def _on_goaway(self, _, __, payload):
        self.goaway_code = struct.unpack(">II", payload[:8])[1]

    def _on_rst_stream(self, _, stream, payload):
        self.open_streams.discard(stream)
        if stream in self._requests:
            self._requests[stream].reset_code = struct.unpack(">I", payload)[0]

    def _on_headers(self, flags, stream, payload):
        if flags & PADDED:
            payload = payload[1 : len(payload) - payload[0]]
        if flags & 0x20:  # PRIORITY
            payload = payload[5:]
        self._block = [stream, flags & END_STREAM, payload]
        if flags & END_HEADERS:
            self._end_block()

    def _on_continuation(self, flags, _, payload):
        self._block[2] += payload
        if flags & END_HEADERS:
            self._end_block()

    def _end_block(self):
        stream, is_end, block = self._block
        fields = self._decoder.decode(block)
        self._windows[stream] = self._initial_window
        path = dict(fields)[b":path"]
        if path.startswith(b"/grpc.health.v1.Health/"):
            self.headers(stream, HEADERS + trailers(12), end=True)
            return
        request = self._peer.add_request(self, stream, fields)
        request.has_ended = bool(is_end)
        self._requests[stream] = request
        self.open_streams.add(stream)
        self.open_streams_max = max(self.open_streams_max, len(self.open_streams))
        if is_end or self._peer.answers_early:
            self._ready.append(request)

    def _on_data(self, flags, stream, payload):
        if self._peer.gives_windows and payload:
            self.window_update(0, len(payload))
            if not flags & END_STREAM:
                self.window_update(stream, len(payload))
        request = self._requests.get(stream)
        if not request:
            return
        request.body += payload[1 : len(payload) - payload[0]] if flags & PADDED else payload
        if flags & END_STREAM:
            request.has_ended = True
            if not self._peer.answers_early:
                self._ready.append(request)

    _HANDLERS = {
        DATA: _on_data,
        HEADERS_FRAME: _on_headers,
        RST_STREAM: _on_rst_stream,
        SETTINGS: _on_settings,
        PING: _on_ping,
        GOAWAY: _on_goaway,
        WINDOW_UPDATE: _on_window_update,
        CONTINUATION: _on_continuation,
    }

    def has_input(self):
        return bool(select.select([self._socket], [], [], 0)[0])

    def next_request(self):
        """Reads frames until a request is there."""
        while not self._ready:
            self.read_frame()
        return self._ready.pop(0)


def greet(connection):
    """How a connection begins, when nothing else is asked for."""
    connection.read_preface()
    connection.settings()


class Peer:
    """The script is called with (connection, request) for each call; greet with each new connection.

    answers_early: the script is run when the header of a request is there. gives_windows: what was received may be sent again.
    """

    def __init__(self, script, greet=greet, answers_early=False, gives_windows=True):
        self.script = script
        self.greet = greet
        self.answers_early = answers_early
        self.gives_windows = gives_windows
        self.requests = []  # of all connections, in their order
        self.connections = []
        self._failures = []
        self._lock = threading.Lock()
        self._sockets = []
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        with self._lock:
            sockets = [self._listener, *self._sockets]
            self._sockets = None
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()
        if self._failures and not error:
            raise self._failures[0]

    def add_request(self, connection, stream, fields):
        with self._lock:
            request = Request(connection, stream, fields, len(self.requests) + 1)
            self.requests.append(request)
            return request

    def behave(self, script, hangs_up=False):
        """From now on, on new connections also; those that are there may be hung up."""
        self.script = script
        self.greet = greet
        self.answers_early = False
        self.gives_windows = True
        with self._lock:
            for sock in self._sockets if hangs_up else ():
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                sock = self._listener.accept()[0]
            except OSError:
                return
            with self._lock:
                if self._sockets is None:
                    sock.close()
                    return
                self._sockets.append(sock)
            sock.settimeout(_PATIENCE_SECONDS)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, sock, len(self.connections) + 1)
            self.connections.append(connection)
            self._start(self._serve, connection, sock)

    def _serve(self, connection, sock):
        try:
            self.greet(connection)
            while True:
                request = connection.next_request()
                self.script(connection, request)
        except (Gone, OSError):
            pass
        except BaseException as failure:  # the test is to see it
            self._failures.append(failure)
        finally:
            sock.close()
