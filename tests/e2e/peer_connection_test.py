"""Peers that refuse, go away, say nothing, close at any byte, or are slow."""

import struct
import threading
import time

from soundcheck.v1 import tracks_pb2 as tracks
from support import misbehaviour, raw_http2, rest
from support.misbehaviour import (
    BROKEN,
    DEADLINE_EXCEEDED,
    GET,
    OK,
    PERMISSION_DENIED,
    POST,
    PUT,
    TRACK_REPLY,
    UNAVAILABLE,
    Case,
    answer_well,
    big_reply,
    good_frames,
)
from support.raw_http2 import HEADERS, message, trailers

# Why grpc/client ends some calls in another way.
CONNECTING = "C core goes on connecting until the deadline of the call"
NO_REPLICA = "the gateway has no replica then, which is 503 and never 504"
NOT_WOKEN = "C core looks for calls that wait when another ends, not when the limit grows"
ONLY_GOAWAY = "C core repeats a call that may not be sent twice after GOAWAY only"


def first_time(misbehave):
    """A script: the first call of all meets the misbehaviour, the others a good answer."""

    def script(connection, request):
        (misbehave if request.number == 1 else answer_well)(connection, request)

    return script


# ---- Scripts for one call ----


def refuses(connection, request):
    connection.rst_stream(request.stream, raw_http2.REFUSED_STREAM)


def goes_away_before(code=raw_http2.NO_ERROR, debug=b""):
    """GOAWAY with a last stream below the call's: nobody has seen it."""

    def script(connection, request):
        connection.goaway(request.stream - 2 if request.stream > 1 else 0, code, debug)
        connection.close()

    return script


def goes_away_gracefully(connection, request):
    """Two GOAWAYs, as servers send that age: what has begun is finished."""
    connection.goaway(2**31 - 1)
    connection.goaway(request.stream)
    answer_well(connection, request)
    connection.close()


def goes_away_without_an_answer(connection, request):
    """The call was taken, perhaps done; nobody knows."""
    connection.goaway(request.stream)
    connection.close()


def closes(connection, _):
    connection.close()


def aborts(connection, _):
    connection.abort()


def closes_after_the_header(connection, request):
    connection.headers(request.stream, HEADERS)
    connection.close()


def replies_and_closes(connection, request):
    answer_well(connection, request)
    connection.close()


def never_answers(connection, request):
    """The connection goes on, the call does not."""


def denies_early(connection, request):
    """An answer before the request is there, and then what RFC 9113 8.1 has for it: the rest need not be sent."""
    connection.headers(request.stream, HEADERS + trailers(7, "not you"), end=True)
    connection.rst_stream(request.stream, raw_http2.NO_ERROR)


def replies_slowly(connection, request):
    data = message(big_reply(15_900_000))
    connection.headers(request.stream, HEADERS)
    for at in range(0, len(data), 200_000):
        connection.data(request.stream, data[at : at + 200_000])
        time.sleep(0.02)
    connection.headers(request.stream, trailers(), end=True)


# ---- How connections begin ----


def says_nothing(connection):
    connection.await_end()


def closes_at_once(connection):
    connection.close()


def aborts_at_once(connection):
    connection.abort()


def speaks_http_1(connection):
    connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>PEER'S WORDS</html>")
    connection.close()


def speaks_first(connection):
    """SSH, mail and others do."""
    connection.send(b"220 PEER'S WORDS ESMTP\r\n")
    connection.await_end()


def sends_no_settings(connection):
    """Frames that are right, but SETTINGS would be the first."""
    connection.read_preface()


def settles(*settings):
    """The peer's settings."""

    def greet(connection):
        connection.read_preface()
        connection.settings(settings)

    return greet


def settles_later(setting, first, later):
    """A setting that keeps the client from calling, and after a while another."""

    def greet(connection):
        connection.read_preface()
        connection.settings([(setting, first)])
        while not connection.settings_acknowledged:
            connection.read_frame()
        time.sleep(0.3)
        connection.settings([(setting, later)])

    return greet


def trickles_windows(connection, request):
    """A script for answers_early with no window: a byte of the request at a time."""
    while not request.has_ended:
        connection.window_update(request.stream, 1)
        connection.read_frame()
    answer_well(connection, request)


# ---- The cases ----

_calm = goes_away_before(raw_http2.ENHANCE_YOUR_CALM, b"too_many_pings")

# What nobody has seen is sent again, whatever the method. What may have been done is so only when it may be done twice.
REPEATED = [
    ("refused", Case(first_time(refuses), 200, OK, calls=2)),
    ("refused_post", Case(first_time(refuses), 201, UNAVAILABLE, ONLY_GOAWAY, kind=POST, calls=2)),
    ("goaway_below_it", Case(first_time(goes_away_before()), 200, OK, calls=2)),
    ("goaway_below_it_post", Case(first_time(goes_away_before()), 201, OK, kind=POST, calls=2)),
    ("too_many_pings", Case(first_time(_calm), 200, OK, calls=2)),
    ("too_many_pings_post", Case(first_time(_calm), 201, OK, kind=POST, calls=2)),
    ("goaway_of_two_steps", Case(first_time(goes_away_gracefully), 200, OK, calls=1)),
    ("goaway_of_two_steps_post", Case(first_time(goes_away_gracefully), 201, OK, kind=POST, calls=1)),
    ("goaway_without_an_answer", Case(first_time(goes_away_without_an_answer), 200, OK, calls=2)),
    ("goaway_without_an_answer_post", Case(first_time(goes_away_without_an_answer), 503, UNAVAILABLE, kind=POST, calls=1)),
    ("closed", Case(first_time(closes), 200, OK, calls=2)),
    ("closed_post", Case(first_time(closes), 503, UNAVAILABLE, kind=POST, calls=1)),
    ("aborted", Case(first_time(aborts), 200, OK, calls=2)),
    ("aborted_post", Case(first_time(aborts), 503, UNAVAILABLE, kind=POST, calls=1)),
    ("closed_after_the_header", Case(first_time(closes_after_the_header), 503, UNAVAILABLE, calls=1)),
    ("closed_after_the_reply", Case(replies_and_closes, 200, OK, calls=1)),
    ("closed_after_the_reply_post", Case(replies_and_closes, 201, OK, kind=POST, calls=1)),
]

# Never: the end is soon, and not the deadline's.
REFUSALS = [
    ("refuses_each_call", Case(refuses, 503, UNAVAILABLE)),
    ("closes_each_connection_at_a_call", Case(closes, 503, UNAVAILABLE)),
    ("goes_away_at_each_call", Case(goes_away_before(), 503, UNAVAILABLE)),
]

_nothing = lambda connection, request: None

BEGINNINGS = [
    (
        "says_nothing",
        Case(
            _nothing,
            503,
            DEADLINE_EXCEEDED,
            CONNECTING,
            peer={"greet": says_nothing},
            hangs_up=True,
            client_deadline_ms=1000,
        ),
    ),
    ("closes_at_once", Case(_nothing, 503, UNAVAILABLE, peer={"greet": closes_at_once})),
    ("resets_at_once", Case(_nothing, 503, UNAVAILABLE, peer={"greet": aborts_at_once})),
    ("speaks_http_1", Case(_nothing, BROKEN, UNAVAILABLE, peer={"greet": speaks_http_1})),
    (
        "speaks_first",
        Case(
            _nothing,
            BROKEN,
            DEADLINE_EXCEEDED,
            CONNECTING,
            peer={"greet": speaks_first},
            hangs_up=True,
            client_deadline_ms=1000,
        ),
    ),
    (
        "sends_no_settings",
        Case(
            answer_well,
            503,
            DEADLINE_EXCEEDED,
            CONNECTING,
            peer={"greet": sends_no_settings},
            hangs_up=True,
            client_deadline_ms=1000,
        ),
    ),
]

_no_streams = {"greet": settles((raw_http2.MAX_CONCURRENT_STREAMS, 0))}
_streams_later = {"greet": settles_later(raw_http2.MAX_CONCURRENT_STREAMS, 0, 1)}
_no_window = {"greet": settles((raw_http2.INITIAL_WINDOW_SIZE, 0))}
_window_later = {"greet": settles_later(raw_http2.INITIAL_WINDOW_SIZE, 0, 65535)}

LIMITS = [
    ("no_streams", Case(_nothing, 503, DEADLINE_EXCEEDED, NO_REPLICA, peer=_no_streams, hangs_up=True, deadline_ms=1000)),
    (
        "streams_after_a_while",
        Case(answer_well, 200, DEADLINE_EXCEEDED, NOT_WOKEN, peer=_streams_later, client_deadline_ms=1500),
    ),
    ("no_window", Case(_nothing, 504, DEADLINE_EXCEEDED, peer=_no_window, hangs_up=True, deadline_ms=1000)),
    ("a_window_after_a_while", Case(answer_well, 200, OK, peer=_window_later)),
    (
        "a_window_of_a_byte_at_a_time",
        Case(trickles_windows, 200, OK, peer=_no_window | {"answers_early": True}, hangs_up=True),
    ),
    (
        "a_window_that_is_used_up",
        Case(
            _nothing,
            504,
            DEADLINE_EXCEEDED,
            kind=PUT,
            peer={"gives_windows": False},
            hangs_up=True,
            request_bytes=300_000,
            deadline_ms=1000,
        ),
    ),
    (
        "a_refusal_before_the_request_is_sent",
        Case(
            denies_early,
            403,
            PERMISSION_DENIED,
            kind=PUT,
            peer={"answers_early": True, "gives_windows": False},
            hangs_up=True,
            request_bytes=300_000,
        ),
    ),
    ("no_answer", Case(never_answers, 504, DEADLINE_EXCEEDED, deadline_ms=1000)),
    ("a_reply_of_16_mb_slowly", Case(replies_slowly, 200, OK, deadline_ms=30_000, within_s=15, memory_bytes_max=200 << 20)),
]


class Connections(misbehaviour.TestCase):
    @misbehaviour.table(REPEATED)
    def repeats_what_it_may_when_it_is(self, case, side):
        self.check(case, side)

    @misbehaviour.table(REFUSALS)
    def ends_soon_when_a_peer(self, case, side):
        self.check(case, side)

    @misbehaviour.table(BEGINNINGS)
    def finds_no_service_where_one(self, case, side):
        self.check(case, side)

    @misbehaviour.table(LIMITS)
    def bears(self, case, side):
        self.check(case, side)

    def test_a_reply_that_is_cut_at_any_byte_is_503_and_one_that_is_whole_is_a_reply(self):
        """POST is never sent twice, GET is as long as there was no header."""
        lengths = iter(())

        def answer(connection, request):
            frames = good_frames(request)
            cut = next(lengths, None)
            if cut is None:
                connection.send(frames)
                return
            connection.send(frames[:cut])
            connection.close()

        with raw_http2.Peer(answer) as peer:
            gateway = self.gateway(peer.port)
            whole = len(good_frames(raw_http2.Request(None, 1, [(b":path", b"/soundcheck.v1.TrackService/CreateTracks")], 1)))
            for length in range(whole + 1):
                lengths = iter([length])
                reply = self.send(gateway, POST)
                self.assertEqual(reply.status, 201 if length == whole else 503, (length, reply.body))
            header = len(raw_http2.header_frames(1, HEADERS))
            for length in range(header + 1):
                lengths = iter([length])
                reply = self.send(gateway, GET)
                self.assertEqual(reply.status, 503 if length == header else 200, (length, reply.body))
            gateway.stop()

    def test_of_a_reply_that_is_cut_at_any_byte_grpc_client_says_that_the_service_cannot_be_reached(self):
        whole = len(raw_http2.reply_frames(1, TRACK_REPLY))
        for length in range(0, whole + 1, 3):

            def answer(connection, request, length=length):
                connection.send(good_frames(request)[:length])
                connection.close()

            with raw_http2.Peer(answer) as peer:
                code, lines = self.call_client(peer.port, misbehaviour.GET_ONCE)
            self.assertEqual(code, OK if length == whole else UNAVAILABLE, (length, lines))

    def test_a_client_that_gives_up_cancels_the_call_at_the_peer(self):
        """Calls that nobody waits for any more do not stay with the service."""
        reset = threading.Event()

        def wait(connection, request):
            while request.reset_code is None:
                connection.read_frame()
            self.assertEqual(request.reset_code, raw_http2.CANCEL)
            reset.set()

        with raw_http2.Peer(wait) as peer:
            gateway = self.gateway(peer.port, 500)
            self.assertEqual(self.send(gateway, GET).status, 504)
            self.assertTrue(reset.wait(10))
            gateway.stop()

    def test_the_call_that_the_peer_sees_is_one_of_grpc(self):
        with raw_http2.Peer(answer_well) as peer:
            gateway = self.gateway(peer.port, 5000)
            with rest.Rest(gateway.port) as client:
                headers = {"Authorization": "Bearer x.y", "Grpc-Metadata-Key-Bin": "AAEC/w==", "Grpc-Timeout": "3S"}
                self.assertEqual(client.get(GET.path, headers=headers).status, 200)
            gateway.stop()
            request = peer.requests[0]
        fields = request.fields
        self.assertEqual(fields[b":method"], b"POST")
        self.assertEqual(fields[b":scheme"], b"http")
        self.assertEqual(fields[b":path"], b"/soundcheck.v1.TrackService/GetTrack")
        self.assertEqual(fields[b":authority"], b"127.0.0.1:%d" % peer.port)
        self.assertEqual(fields[b"te"], b"trailers")
        self.assertRegex(fields[b"content-type"], rb"^application/grpc")
        self.assertRegex(fields[b"grpc-timeout"], rb"^\d{1,8}[HMSmun]$")
        self.assertIn(b"gzip", fields[b"grpc-accept-encoding"])
        self.assertEqual(fields[b"authorization"], b"Bearer x.y")
        self.assertEqual(fields[b"key-bin"].rstrip(b"="), b"AAEC/w")
        track = tracks.GetTrackRequest(track_id="t").SerializeToString()
        self.assertEqual(request.body, struct.pack(">BI", 0, len(track)) + track)


if __name__ == "__main__":
    misbehaviour.main()
