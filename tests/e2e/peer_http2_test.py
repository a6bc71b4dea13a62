"""Connections that break HTTP/2, and floods of frames that do not."""

import struct

from support import hpack, misbehaviour, raw_http2
from support.misbehaviour import (
    ABORTS,
    BROKEN,
    CANCELLED,
    DEADLINE_EXCEEDED,
    INTERNAL,
    MALFORMED,
    OK,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    TRACK_REPLY,
    UNAVAILABLE,
    UNKNOWN,
    Case,
    answer_well,
)
from support.raw_http2 import HEADERS, message, trailers

REPLY = message(TRACK_REPLY)
FLOOD = 20_000
LENIENT = "C core does not look at this"
NO_LIMIT = "C core has a limit for what it hands on, and none for what it reads"
ABORTED = "C core keeps all of it, until it ends the process"
LOST = (UNAVAILABLE, INTERNAL, UNKNOWN)  # what a broken connection is


def frames(*parts):
    """A script: the frames as they are, with the stream of the request where a part is a function."""

    def script(connection, request):
        for part in parts:
            connection.send(part(request.stream) if callable(part) else part)

    return script


def before_a_good_reply(*parts):
    """A script: the same, and then the reply, if the client is still there. So who is lenient does not wait for anything."""

    def script(connection, request):
        for part in parts:
            connection.send(part(request.stream) if callable(part) else part)
        answer_well(connection, request)

    return script


def header(fields, end=False):
    return lambda stream: raw_http2.header_frames(stream, fields, end)


def frame(kind, flags=0, payload=b"", length=None):
    """On the stream of the request."""
    return lambda stream: raw_http2.frame(kind, flags, stream, payload, length)


def on(stream, kind, flags=0, payload=b"", length=None):
    return raw_http2.frame(kind, flags, stream, payload, length)


def data(payload, end=False):
    return frame(raw_http2.DATA, raw_http2.END_STREAM if end else 0, payload)


def settings(*pairs):
    return on(0, raw_http2.SETTINGS, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


def increment(number):
    return struct.pack(">I", number)


def push_promise(stream):
    request = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "x")]
    promised = struct.pack(">I", 2) + hpack.encode(request)
    return raw_http2.frame(raw_http2.PUSH_PROMISE, raw_http2.END_HEADERS, stream, promised)


def continuation_in_between(stream):
    block = hpack.encode(HEADERS)
    return (
        raw_http2.frame(raw_http2.HEADERS_FRAME, 0, stream, block[:5])
        + raw_http2.frame(raw_http2.PING, 0, 0, b"12345678")
        + raw_http2.frame(raw_http2.CONTINUATION, raw_http2.END_HEADERS, stream, block[5:])
    )


def header_in_pieces(stream):
    first, *more = (bytes([byte]) for byte in hpack.encode(HEADERS))
    sent = raw_http2.frame(raw_http2.HEADERS_FRAME, 0, stream, first)
    for piece in more:
        sent += raw_http2.frame(raw_http2.CONTINUATION, 0, stream, piece)
    return sent + raw_http2.frame(raw_http2.CONTINUATION, raw_http2.END_HEADERS, stream)


END = header(trailers(), end=True)
GOOD = (header(HEADERS), data(REPLY), END)

# What one stream may hold, and where a peer breaks it: the stream ends, the connection may.
STREAMS = [
    ("data_before_the_header", Case(frames(data(REPLY), END), BROKEN, OK, LENIENT)),
    ("data_behind_the_trailers_only", Case(frames(header(HEADERS + trailers(5, "x"), True), data(REPLY)), 404, 5)),
    ("data_behind_the_reply", Case(frames(*GOOD, data(REPLY)), 200, OK)),
    ("trailers_twice", Case(frames(*GOOD, END), 200, OK)),
    ("a_reset_behind_the_reply", Case(frames(*GOOD, frame(raw_http2.RST_STREAM, 0, increment(0))), 200, OK)),
    ("two_headers", Case(frames(header(HEADERS), header(HEADERS), data(REPLY), END), BROKEN, LOST)),
    ("no_http_status", Case(frames(header([("content-type", "application/grpc")]), data(REPLY), END), BROKEN, OK, LENIENT)),
    ("an_http_status_of_letters", Case(frames(header([(":status", "abc")]), data(REPLY), END), BROKEN, LOST)),
    ("an_upper_case_name", Case(frames(header(HEADERS + [("Key", "x")]), data(REPLY), END), BROKEN, OK, LENIENT)),
    (
        "a_field_of_the_connection",
        Case(frames(header(HEADERS + [("connection", "close")]), data(REPLY), END), BROKEN, OK, LENIENT),
    ),
    ("a_line_end_in_a_value", Case(frames(header(HEADERS + [("key", "x\r\nb: y")]), data(REPLY), END), BROKEN, OK, LENIENT)),
    (
        "a_content_length_that_is_wrong",
        Case(frames(header(HEADERS + [("content-length", "7")]), data(REPLY), END), BROKEN, OK, LENIENT),
    ),
    (
        "a_pseudo_field_in_the_trailers",
        Case(frames(header(HEADERS), data(REPLY), header([(":status", "200"), *trailers()], True)), BROKEN, OK, LENIENT),
    ),
    (
        "padding_as_long_as_the_frame",
        Case(frames(header(HEADERS), frame(raw_http2.DATA, raw_http2.PADDED, b"\6abcde")), BROKEN, LOST),
    ),
    (
        "windows_that_overflow",
        Case(before_a_good_reply(*2 * [frame(raw_http2.WINDOW_UPDATE, 0, increment(2**31 - 1))]), BROKEN, OK, LENIENT),
    ),
    ("a_window_of_no_more", Case(before_a_good_reply(frame(raw_http2.WINDOW_UPDATE, 0, increment(0))), BROKEN, LOST)),
]

CONNECTIONS = [
    ("a_push", Case(before_a_good_reply(push_promise), BROKEN, OK, LENIENT)),
    (
        "data_on_a_stream_that_nobody_has_opened",
        Case(before_a_good_reply(on(99, raw_http2.DATA, 0, REPLY)), BROKEN, OK, LENIENT),
    ),
    ("a_header_on_a_stream_of_its_own", Case(before_a_good_reply(raw_http2.header_frames(2, HEADERS)), BROKEN, OK, LENIENT)),
    (
        "a_reset_of_a_stream_that_nobody_has_opened",
        Case(before_a_good_reply(on(99, raw_http2.RST_STREAM, 0, increment(0))), BROKEN, OK, LENIENT),
    ),
    (
        "windows_that_overflow",
        Case(before_a_good_reply(*2 * [on(0, raw_http2.WINDOW_UPDATE, 0, increment(2**31 - 1))]), BROKEN, OK, LENIENT),
    ),
    ("a_window_of_no_more", Case(before_a_good_reply(on(0, raw_http2.WINDOW_UPDATE, 0, increment(0))), BROKEN, LOST)),
    ("a_frame_over_the_limit", Case(frames(header(HEADERS), data(message(bytes(1 << 20))), END), BROKEN, OK, LENIENT)),
    ("a_frame_of_16_mb_that_never_comes", Case(before_a_good_reply(frame(0xEE, 0, b"", length=(1 << 24) - 1)), BROKEN, LOST)),
    ("a_field_that_is_in_no_table", Case(frames(header(b"\xff\x40"), data(REPLY), END), BROKEN, LOST)),
    (
        "a_huffman_code_that_is_none",
        Case(frames(header(b"\x00\x81\xff\x84\xff\xff\xff\xff"), data(REPLY), END), BROKEN, OK, LENIENT),
    ),
    ("a_header_table_over_the_limit", Case(frames(header(b"\x3f\xff\xff\xff\x7f"), data(REPLY), END), BROKEN, LOST)),
    ("a_header_block_that_is_cut_off", Case(frames(header(hpack.encode(HEADERS)[:-3]), data(REPLY), END), BROKEN, LOST)),
    ("a_push_setting_of_2", Case(before_a_good_reply(settings((raw_http2.ENABLE_PUSH, 2))), BROKEN, LOST)),
    (
        "a_window_setting_over_the_limit",
        Case(before_a_good_reply(settings((raw_http2.INITIAL_WINDOW_SIZE, 1 << 31))), BROKEN, LOST),
    ),
    (
        "a_frame_size_setting_below_the_limit",
        Case(before_a_good_reply(settings((raw_http2.MAX_FRAME_SIZE, 100))), BROKEN, LOST),
    ),
    ("settings_of_five_bytes", Case(before_a_good_reply(on(0, raw_http2.SETTINGS, 0, b"12345")), BROKEN, LOST)),
    ("settings_on_a_stream", Case(before_a_good_reply(frame(raw_http2.SETTINGS)), BROKEN, LOST)),
    ("a_ping_of_seven_bytes", Case(before_a_good_reply(on(0, raw_http2.PING, 0, b"1234567")), BROKEN, LOST)),
    ("a_goaway_on_a_stream", Case(before_a_good_reply(frame(raw_http2.GOAWAY, 0, bytes(8))), BROKEN, LOST)),
    (
        "a_continuation_of_nothing",
        Case(before_a_good_reply(frame(raw_http2.CONTINUATION, raw_http2.END_HEADERS, b"")), BROKEN, LOST),
    ),
    ("a_continuation_with_a_ping_in_between", Case(frames(continuation_in_between, data(REPLY), END), BROKEN, LOST)),
    ("http_1", Case(before_a_good_reply(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nPEER'S WORDS"), BROKEN, LOST)),
]


def resets(code):
    return frames(frame(raw_http2.RST_STREAM, 0, increment(code)))


# gRPC's table of HTTP/2 error codes. That of a peer that has refused a stream is with the connections.
RESETS = [
    ("no_error", Case(resets(raw_http2.NO_ERROR), MALFORMED, INTERNAL)),
    ("protocol_error", Case(resets(raw_http2.PROTOCOL_ERROR), MALFORMED, INTERNAL)),
    ("internal_error", Case(resets(raw_http2.INTERNAL_ERROR), MALFORMED, INTERNAL)),
    ("flow_control_error", Case(resets(raw_http2.FLOW_CONTROL_ERROR), MALFORMED, INTERNAL)),
    ("cancel", Case(resets(raw_http2.CANCEL), 503, CANCELLED, "the client of the gateway has not cancelled anything")),
    ("enhance_your_calm", Case(resets(raw_http2.ENHANCE_YOUR_CALM), 429, RESOURCE_EXHAUSTED)),
    ("inadequate_security", Case(resets(raw_http2.INADEQUATE_SECURITY), 403, PERMISSION_DENIED)),
    ("a_code_that_is_none", Case(resets(0xFFFF), MALFORMED, (UNKNOWN, INTERNAL))),
]

# What a client has to bear.
BORNE = [
    (
        "unknown_frames",
        Case(before_a_good_reply(on(0, 0xEE, 0xFF, b"x" * 100), frame(0xEE, 0xFF, b"x" * 100), on(98, 0xEF)), 200, OK),
    ),
    ("unknown_settings", Case(before_a_good_reply(settings((0xEEEE, 7), (0xEEEF, 0))), 200, OK)),
    ("priority", Case(before_a_good_reply(frame(raw_http2.PRIORITY, 0, struct.pack(">IB", 0, 200))), 200, OK)),
    ("a_ping", Case(before_a_good_reply(on(0, raw_http2.PING, 0, b"12345678")), 200, OK)),
    ("an_answer_to_no_ping", Case(before_a_good_reply(on(0, raw_http2.PING, raw_http2.ACK, b"12345678")), 200, OK)),
    ("empty_data", Case(frames(header(HEADERS), *10 * [data(b"")], data(REPLY), END), 200, OK)),
    ("a_header_in_many_pieces", Case(frames(header_in_pieces, data(REPLY), END), 200, OK)),
]


def endless(*piece):
    """A script: the parts, the last again and again, until the client ends the connection or the peer behaves."""

    def script(connection, request):
        *first, last = [part(request.stream) if callable(part) else part for part in piece]
        connection.send(b"".join(first))
        many = last * max(1, 65536 // len(last))
        while connection.plays(script):
            connection.send(many)

    return script


def flood(*parts):
    """A script: so many times the parts, and then a good reply, if the client is still there."""
    return before_a_good_reply(*(part for part in parts for _ in range(FLOOD)))


_field = hpack.encode([("key", "x" * 1000)])

# Without end, or far more than there is a use for: the connection ends, or all is borne, but it never holds anybody up.
FLOODS = [
    (
        "a_header_that_never_ends",
        Case(
            endless(frame(raw_http2.HEADERS_FRAME, 0, hpack.encode(HEADERS)), frame(raw_http2.CONTINUATION, 0, _field)),
            BROKEN,
            (ABORTS, DEADLINE_EXCEEDED),
            ABORTED,
        ),
    ),
    (
        "empty_continuations",
        Case(
            endless(frame(raw_http2.HEADERS_FRAME, 0, hpack.encode(HEADERS)), frame(raw_http2.CONTINUATION)),
            BROKEN,
            DEADLINE_EXCEEDED,
            NO_LIMIT,
            client_deadline_ms=1000,
        ),
    ),
    (
        "a_header_of_1_mb",
        Case(frames(header(HEADERS + 1000 * [("key", "x" * 1000)]), data(REPLY), END), BROKEN, OK, NO_LIMIT),
    ),
    (
        "trailers_of_1_mb",
        Case(
            frames(header(HEADERS), data(REPLY), header(trailers(0, None, *1000 * [("key", "x" * 1000)]), True)),
            BROKEN,
            OK,
            NO_LIMIT,
        ),
    ),
    (
        "trailers_of_100_kb",
        Case(
            frames(header(HEADERS), data(REPLY), header(trailers(0, None, *100 * [("key", "x" * 1000)]), True)),
            BROKEN,
            OK,
            NO_LIMIT,
        ),
    ),
    (
        "a_message_of_indexed_fields",
        Case(
            frames(header(hpack.encode(HEADERS) + b"\x40\x03key\x7f\xa1\x1e" + b"x" * 4000 + b"\xbe" * 16000)),
            BROKEN,
            (*LOST, RESOURCE_EXHAUSTED),
        ),
    ),
    (
        "interim_headers",
        Case(endless(header([(":status", "103"), ("key", "x" * 1000)])), BROKEN, (*LOST, RESOURCE_EXHAUSTED)),
    ),
    ("pings", Case(flood(on(0, raw_http2.PING, 0, b"12345678")), (200, *BROKEN), (OK, *LOST))),
    ("settings", Case(flood(settings()), (200, *BROKEN), (OK, *LOST))),
    (
        "endless_pings",
        Case(
            endless(on(0, raw_http2.PING, 0, b"12345678")),
            (*BROKEN, 504),
            (*LOST, DEADLINE_EXCEEDED),
            deadline_ms=4000,
            within_s=6,
        ),
    ),
    (
        "endless_settings",
        Case(
            endless(settings((raw_http2.INITIAL_WINDOW_SIZE, 1000))),
            (*BROKEN, 504),
            (*LOST, DEADLINE_EXCEEDED),
            deadline_ms=4000,
            within_s=6,
        ),
    ),
    (
        "endless_empty_data",
        Case(endless(header(HEADERS), data(b"")), (*BROKEN, 504), (*LOST, DEADLINE_EXCEEDED), deadline_ms=4000, within_s=6),
    ),
    (
        "endless_unknown_frames",
        Case(endless(on(0, 0xEE, 0, b"x" * 1000)), (*BROKEN, 504), (*LOST, DEADLINE_EXCEEDED), deadline_ms=4000, within_s=6),
    ),
    (
        "endless_window_updates",
        Case(
            endless(on(0, raw_http2.WINDOW_UPDATE, 0, increment(1))),
            (*BROKEN, 504),
            (*LOST, DEADLINE_EXCEEDED),
            deadline_ms=4000,
            within_s=6,
        ),
    ),
    (
        "endless_resets",
        Case(
            endless(frame(raw_http2.RST_STREAM, 0, increment(raw_http2.NO_ERROR))),
            (*BROKEN, 504),
            (*LOST, DEADLINE_EXCEEDED),
            deadline_ms=4000,
            within_s=6,
        ),
    ),
    (
        "endless_priorities",
        Case(
            endless(frame(raw_http2.PRIORITY, 0, struct.pack(">IB", 0, 200))),
            (*BROKEN, 504),
            (*LOST, DEADLINE_EXCEEDED),
            deadline_ms=4000,
            within_s=6,
        ),
    ),
]


class Http2(misbehaviour.TestCase):
    @misbehaviour.table(STREAMS)
    def ends_a_call_with(self, case, side):
        self.check(case, side)

    @misbehaviour.table(CONNECTIONS)
    def ends_a_connection_with(self, case, side):
        self.check(case, side)

    @misbehaviour.table(RESETS)
    def is_reset_with(self, case, side):
        self.check(case, side)

    @misbehaviour.table(BORNE)
    def bears(self, case, side):
        self.check(case, side)

    @misbehaviour.table(FLOODS)
    def survives_a_flood_of(self, case, side):
        self.check(case, side)


if __name__ == "__main__":
    misbehaviour.main()
