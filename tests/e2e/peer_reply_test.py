"""Replies that break gRPC, or that are none, in HTTP/2 that is right."""

import gzip
import zlib

from support import misbehaviour, raw_http2, runner
from support.misbehaviour import (
    ABORTS,
    DEADLINE_EXCEEDED,
    INTERNAL,
    MALFORMED,
    NOT_FOUND,
    OK,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    TRACK_REPLY,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNIMPLEMENTED,
    UNKNOWN,
    Case,
)
from support.raw_http2 import HEADERS, message, trailers

REPLY = message(TRACK_REPLY)
BOMB_BYTES = 300 << 20

# Why grpc/client ends some calls in another way.
ABORTED = "C core ends the process where it looks whether to send the call again"
FIRST_ONLY = "C core takes the first, and looks for no second"
WAITS = "C core waits for somebody to read what is behind the message, until the deadline"
AS_IT_IS = "C core hands a compressed message on as it is when it does not know how it was compressed"
NOT_READ = "grpc/client does not look into messages"
INTERIM = "C core takes an interim header for that of the reply"


def answer(data=REPLY, end=trailers(), headers=HEADERS, piece_bytes=16384):
    """A script: the header, the data, and trailers, or the end of the stream where `end` is None."""

    def script(connection, request):
        connection.headers(request.stream, headers)
        connection.data(request.stream, data, end is None, piece_bytes=piece_bytes)
        if end is not None:
            connection.headers(request.stream, end, end=True)

    return script


def only(*fields, status="200"):
    """A script: one header block, which ends the stream."""

    def script(connection, request):
        connection.headers(request.stream, [(":status", status), *fields], end=True)

    return script


GRPC = ("content-type", "application/grpc")


def statuses(*values):
    return [("grpc-status", value) for value in values]


STATUSES = [
    ("no_status_in_the_trailers", Case(answer(end=[("a", "b")]), MALFORMED, ABORTS, ABORTED)),
    ("no_trailers", Case(answer(end=None), MALFORMED, UNKNOWN)),
    ("trailers_only_without_a_status", Case(only(GRPC), MALFORMED, ABORTS, ABORTED)),
    ("an_empty_header_and_no_trailers", Case(answer(b"", end=None), MALFORMED, UNKNOWN)),
    ("the_same_status_twice", Case(answer(end=statuses("0", "0")), MALFORMED, OK, FIRST_ONLY)),
    ("two_statuses", Case(answer(end=statuses("5", "0")), MALFORMED, OK, "C core takes the last")),
    ("status_99", Case(answer(end=statuses("99")), 500, UNKNOWN)),
    ("a_status_of_twenty_digits", Case(answer(end=statuses("9" * 20)), (500, 502), UNKNOWN)),
    ("a_status_of_letters", Case(answer(end=statuses("abc")), MALFORMED, UNKNOWN)),
    ("a_negative_status", Case(answer(end=statuses("-1")), MALFORMED, UNKNOWN)),
    ("an_empty_status", Case(answer(end=statuses("")), MALFORMED, UNKNOWN)),
    ("a_failure_behind_a_message", Case(answer(end=trailers(5, "no such track")), 404, NOT_FOUND)),
    ("a_failure_in_trailers_only", Case(only(GRPC, *trailers(5, "no such track")), 404, NOT_FOUND)),
]

MESSAGES = [
    ("no_message", Case(answer(b""), MALFORMED, INTERNAL)),
    ("no_message_in_trailers_only", Case(only(GRPC, *trailers()), MALFORMED, INTERNAL)),
    ("two_messages", Case(answer(REPLY + REPLY), MALFORMED, DEADLINE_EXCEEDED, WAITS, client_deadline_ms=1000)),
    ("a_byte_behind_the_message", Case(answer(REPLY + b"\0"), MALFORMED, DEADLINE_EXCEEDED, WAITS, client_deadline_ms=1000)),
    ("fewer_bytes_than_announced", Case(answer(message(b"x" * 10, length=100)), MALFORMED, INTERNAL)),
    ("half_a_prefix", Case(answer(b"\0\0"), MALFORMED, INTERNAL)),
    (
        "a_message_over_16_mib",
        Case(answer(message(b"x" * 10, length=(16 << 20) + 1)), MALFORMED, (RESOURCE_EXHAUSTED, INTERNAL)),
    ),
    ("a_message_of_4_gib", Case(answer(message(b"x" * 10, length=(1 << 32) - 1)), MALFORMED, (RESOURCE_EXHAUSTED, INTERNAL))),
    ("a_message_in_pieces_of_a_byte", Case(answer(piece_bytes=1), 200, OK)),
    ("bytes_that_are_no_message", Case(answer(message(b"\x07" * 9)), MALFORMED, OK, NOT_READ)),
    ("a_message_that_is_cut_off", Case(answer(message(TRACK_REPLY[:-1])), MALFORMED, OK, NOT_READ)),
    ("a_string_that_is_no_text", Case(answer(message(b"\n\3\n\1\xff")), MALFORMED, OK, NOT_READ)),
]


def encoded(encoding, data, flag=1, piece_bytes=16384):
    return answer(message(data, flag), headers=HEADERS + [("grpc-encoding", encoding)], piece_bytes=piece_bytes)


_bomb = gzip.compress(bytes(BOMB_BYTES))
_zipped = gzip.compress(TRACK_REPLY)

ENCODINGS = [
    ("gzip", Case(encoded("gzip", _zipped), 200, OK)),
    ("deflate", Case(encoded("deflate", zlib.compress(TRACK_REPLY)), 200, OK)),
    ("gzip_in_pieces_of_a_byte", Case(encoded("gzip", _zipped, piece_bytes=1), 200, OK)),
    ("gzip_that_was_not_used", Case(encoded("gzip", TRACK_REPLY, flag=0), 200, OK)),
    ("an_unknown_encoding_that_was_not_used", Case(encoded("snappy", TRACK_REPLY, flag=0), 200, OK)),
    ("an_unknown_encoding", Case(encoded("snappy", TRACK_REPLY), MALFORMED, OK, AS_IT_IS)),
    ("a_compressed_message_without_encoding", Case(answer(message(_zipped, 1)), MALFORMED, OK, AS_IT_IS)),
    ("flag_2", Case(encoded("gzip", _zipped, flag=2), MALFORMED, INTERNAL)),
    ("a_bomb", Case(encoded("gzip", _bomb), MALFORMED, RESOURCE_EXHAUSTED)),
    ("gzip_that_is_cut_off", Case(encoded("gzip", _zipped[:-9]), MALFORMED, UNKNOWN)),
    ("gzip_with_bytes_behind", Case(encoded("gzip", _zipped + b"more"), MALFORMED, UNKNOWN)),
    ("no_gzip", Case(encoded("gzip", TRACK_REPLY), MALFORMED, UNKNOWN)),
]


def page(status):
    """A proxy's answer, which knows nothing of gRPC."""
    headers = [(":status", str(status)), ("content-type", "text/html")]
    return answer(b"<html>PEER'S WORDS</html>" * 9, None, headers)


# gRPC's table of HTTP statuses, where the code that it gives says something; a reply that is none is malformed otherwise.
PROXIES = [
    ("page_200", Case(page(200), MALFORMED, UNKNOWN)),
    ("page_400", Case(page(400), MALFORMED, INTERNAL)),
    ("page_401", Case(page(401), 401, UNAUTHENTICATED)),
    ("page_403", Case(page(403), 403, PERMISSION_DENIED)),
    ("page_404", Case(page(404), 501, UNIMPLEMENTED)),
    ("page_429", Case(page(429), 503, UNAVAILABLE)),
    ("page_500", Case(page(500), MALFORMED, UNKNOWN)),
    ("page_502", Case(page(502), 503, UNAVAILABLE)),
    ("page_503", Case(page(503), 503, UNAVAILABLE)),
    ("page_504", Case(page(504), 503, UNAVAILABLE)),
    ("nothing_but_a_header_503", Case(only(status="503"), 503, UNAVAILABLE)),
    ("nothing_but_a_header_404", Case(only(status="404"), 501, UNIMPLEMENTED)),
    (
        "a_status_of_grpc_in_a_page",
        Case(only(("content-type", "text/html"), *trailers(5, "no such track"), status="404"), (404, 501), NOT_FOUND),
    ),
]


def informational(*codes):
    def script(connection, request):
        for code in codes:
            connection.headers(request.stream, [(":status", code), ("link", "</style.css>")])
        misbehaviour.answer_well(connection, request)

    return script


INFORMATIONAL = [
    ("a_100", Case(informational("100"), 200, UNKNOWN, INTERIM)),
    ("several", Case(informational("100", "103", "103"), 200, UNKNOWN, INTERIM)),
]

# grpc-message, and what clients read.
TEXTS = [
    ("of_utf8", "caf%C3%A9", "café"),
    ("with_a_line_end", "a%20b%0Ac", "a b\nc"),
    ("that_ends_in_a_percent_sign", "100%", "100%"),
    ("with_escapes_that_are_none", "%zz%4", "%zz%4"),
    ("with_half_an_escape", "%C3%A", None),
    ("that_is_no_utf8", "%ff%fe", None),
    ("that_is_empty", "", None),
    ("of_a_nul", "a%00b", None),
    ("of_8_kb", "x" * 8000, None),
]


class Replies(misbehaviour.TestCase):
    @misbehaviour.table(STATUSES)
    def answers_a_reply_with(self, case, side):
        self.check(case, side)

    @misbehaviour.table(MESSAGES)
    def answers_a_reply_of(self, case, side):
        self.check(case, side)

    @misbehaviour.table(ENCODINGS)
    def answers_a_reply_in(self, case, side):
        self.check(case, side)

    @misbehaviour.table(PROXIES)
    def answers_a_proxy_with(self, case, side):
        self.check(case, side)

    @misbehaviour.table(INFORMATIONAL)
    def waits_for_the_reply_behind(self, case, side):
        self.check(case, side)

    @runner.table(TEXTS)
    def tells_a_message(self, text, expected):
        with raw_http2.Peer(only(GRPC, *trailers(5, text))) as peer:
            code, lines = self.call_client(peer.port, misbehaviour.GET)
            reply = self.send(self.gateway(peer.port), misbehaviour.GET)
        self.assertEqual((code, reply.status), (NOT_FOUND, 404))
        told = reply.document["error"]["message"]
        if expected is not None:
            self.assertEqual(told, expected)
            self.assertEqual("\n".join(lines["message"]), expected.split("\n")[0])

    def test_metadata_of_bytes_may_be_padded_or_not(self):
        fields = [("one-bin", "AAEC/w=="), ("two-bin", "AAEC/w"), ("three-bin", "AAE")]
        with raw_http2.Peer(lambda connection, request: connection.reply(request, TRACK_REPLY, fields, fields)) as peer:
            code, lines = self.call_client(peer.port, misbehaviour.GET)
            reply = self.send(self.gateway(peer.port), misbehaviour.GET)
        self.assertEqual((code, reply.status), (OK, 200))
        self.assertEqual(lines["metadata"], 2 * ["one-bin 000102ff", "two-bin 000102ff", "three-bin 0001"])
        self.assertEqual(self.values_of(reply, "one-bin"), 2 * ["AAEC/w=="])
        self.assertEqual(self.values_of(reply, "two-bin"), 2 * ["AAEC/w=="])
        self.assertEqual(self.values_of(reply, "three-bin"), 2 * ["AAE="])

    def test_metadata_of_bytes_in_a_list_are_several_values(self):
        fields = [("list-bin", "AA,AAE=,AAEC")]
        with raw_http2.Peer(lambda connection, request: connection.reply(request, TRACK_REPLY, fields)) as peer:
            reply = self.send(self.gateway(peer.port), misbehaviour.GET)
        self.assertEqual(reply.status, 200)
        self.assertEqual(self.values_of(reply, "list-bin"), ["AA==", "AAE=", "AAEC"])

    def test_metadata_of_bytes_that_are_no_base64_end_nothing_but_themselves(self):
        fields = [("odd-bin", "?"), ("even", "x")]
        with raw_http2.Peer(lambda connection, request: connection.reply(request, TRACK_REPLY, fields)) as peer:
            reply = self.send(self.gateway(peer.port), misbehaviour.GET)
        self.assertEqual(reply.status, 200)
        self.assertEqual((self.values_of(reply, "odd-bin"), self.values_of(reply, "even")), ([], ["x"]))

    def values_of(self, reply, key):
        return [value for line in reply.headers.get_all("Grpc-Metadata-" + key, []) for value in line.split(", ")]


if __name__ == "__main__":
    runner.main()
