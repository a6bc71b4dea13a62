"""gRPC's own tests of what a peer can do wrong.

They are described at https://github.com/grpc/grpc/blob/master/doc/http2-interop-test-descriptions.md
"""

import threading
import time

from support import misbehaviour, raw_http2
from support.misbehaviour import GET, INTERNAL, MALFORMED, OK, PUT, Case, answer_well, big_reply
from support.raw_http2 import HEADERS, message, trailers

# The sizes of their requests and replies.
REQUEST_BYTES = 271_828
REPLY_BYTES = 314_159

BIG = big_reply(REPLY_BYTES)

UNPADDED = "C core has no reader of padded data"


def goes_away_after_the_reply(connection, request):
    answer_well(connection, request)
    connection.goaway(request.stream)


def goes_away_after_the_first_reply(connection, request):
    (goes_away_after_the_reply if request.number == 1 else answer_well)(connection, request)


def reset_after_header(connection, request):
    connection.headers(request.stream, HEADERS)
    connection.rst_stream(request.stream, raw_http2.NO_ERROR)


def reset_during_data(connection, request):
    connection.headers(request.stream, HEADERS)
    connection.data(request.stream, message(BIG)[: len(BIG) // 2])
    connection.rst_stream(request.stream, raw_http2.NO_ERROR)


def reset_after_data(connection, request):
    connection.headers(request.stream, HEADERS)
    connection.data(request.stream, message(BIG))
    connection.rst_stream(request.stream, raw_http2.NO_ERROR)


def small_data(padding):
    def script(connection, request):
        connection.headers(request.stream, HEADERS)
        connection.data(request.stream, message(BIG), padding=padding, piece_bytes=5)
        connection.headers(request.stream, trailers(), end=True)

    return script


def pings(connection, request):
    connection.ping()
    connection.headers(request.stream, HEADERS)
    connection.ping()
    connection.data(request.stream, message(BIG))
    connection.ping()
    connection.headers(request.stream, trailers(), end=True)
    while connection.pings_unanswered:
        connection.read_frame()


INTEROP = [
    ("goaway", Case(goes_away_after_the_reply, 200, OK)),
    ("rst_after_header", Case(reset_after_header, MALFORMED, INTERNAL, kind=PUT, request_bytes=REQUEST_BYTES)),
    ("rst_during_data", Case(reset_during_data, MALFORMED, INTERNAL, kind=PUT, request_bytes=REQUEST_BYTES)),
    ("rst_after_data", Case(reset_after_data, MALFORMED, INTERNAL, kind=PUT, request_bytes=REQUEST_BYTES)),
    ("ping", Case(pings, 200, OK, kind=PUT, request_bytes=REQUEST_BYTES)),
    (
        "data_frame_padding",
        Case(
            small_data(255),
            200,
            INTERNAL,
            UNPADDED,
            kind=PUT,
            request_bytes=REQUEST_BYTES,
            deadline_ms=30_000,
            within_s=20,
        ),
    ),
    (
        "no_df_padding_sanity_test",
        Case(small_data(None), 200, OK, kind=PUT, request_bytes=REQUEST_BYTES, deadline_ms=30_000, within_s=20),
    ),
]


class Interop(misbehaviour.TestCase):
    @misbehaviour.table(INTEROP)
    def passes_grpcs_test(self, case, side):
        self.check(case, side)

    def test_two_calls_around_a_goaway_are_on_two_connections(self):
        with raw_http2.Peer(goes_away_after_the_first_reply) as peer:
            gateway = self.gateway(peer.port)
            for _ in range(2):
                self.assertEqual(self.send(gateway, PUT, REQUEST_BYTES).status, 200)
            gateway.stop()
            numbers = [request.connection.number for request in peer.requests]
        self.assertEqual(len(set(numbers)), 2, numbers)

    def test_ten_calls_at_once_keep_to_a_limit_of_one_stream(self):
        def answer(connection, request):
            if request.number == 1:
                connection.settings([(raw_http2.MAX_CONCURRENT_STREAMS, 1)])
                while connection.settings_acknowledged < 2:
                    connection.read_frame()
            else:
                time.sleep(0.02)  # so that others wait
                while connection.has_input():
                    connection.read_frame()
            connection.reply(request, BIG)

        with raw_http2.Peer(answer) as peer:
            gateway = self.gateway(peer.port, 30_000)
            self.assertEqual(self.send(gateway, GET).status, 200)
            first = peer.requests[0].connection
            first.open_streams_max = 0
            replies = []
            threads = [threading.Thread(target=lambda: replies.append(self.send(gateway, GET))) for _ in range(10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            gateway.stop()
        self.assertEqual([reply.status for reply in replies], 10 * [200])
        self.assertEqual({len(reply.document["track"]["description"]) for reply in replies}, {REPLY_BYTES})
        self.assertEqual(first.open_streams_max, 1)


if __name__ == "__main__":
    misbehaviour.main()
