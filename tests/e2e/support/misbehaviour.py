"""One misbehaviour of a peer, shown to the gateway and to grpc/client: both end the call with the status that is expected,
and the gateway lives on: with a peer that behaves calls work again.

    class Replies(misbehaviour.TestCase):
        @misbehaviour.table([("no_trailers", Case(script, 502, UNKNOWN)), …])
        def answers_a_reply_with(self, case, side):
            self.check(case, side)

Gateway and client agree when the HTTP status is one that stands for the client's code (_CODES). Where they do not, the case says
why, in its row.
"""

import dataclasses
import os
import re
import signal
import subprocess
import time

from soundcheck.v1 import tracks_pb2 as tracks
from support import documents, programs, raw_http2, rest, runner

CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND = range(1, 6)
PERMISSION_DENIED, RESOURCE_EXHAUSTED = 7, 8
UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 12, 13, 14
UNAUTHENTICATED = 16
OK = 0
ABORTS = -1  # no code: C core has ended the process

# What a reply that breaks gRPC is to the gateway's client, and what a connection that breaks HTTP/2: the call is lost with it, so
# that it may also count as a service that cannot be reached.
MALFORMED = 502
BROKEN = (502, 503)

# The codes of grpc/client that each HTTP status stands for.
_CODES = {
    200: {OK},
    201: {OK},
    401: {UNAUTHENTICATED},
    403: {PERMISSION_DENIED},
    404: {NOT_FOUND},
    429: {RESOURCE_EXHAUSTED},
    500: {UNKNOWN, INTERNAL},
    501: {UNIMPLEMENTED},
    502: {UNKNOWN, INTERNAL, RESOURCE_EXHAUSTED},  # oversized replies are the last
    503: {UNAVAILABLE},
    504: {DEADLINE_EXCEEDED},
}

_NAMES = {
    401: "AuthenticationError",
    403: "NotAllowedError",
    404: "NotFoundError",
    429: "TooManyRequestsError",
    501: "NotImplementedError",
    503: "ServiceUnavailableError",
}

# Words of the transports and of the peer, which no client is to read.
_FOREIGN = re.compile(
    r"RST_STREAM|GOAWAY|http2 header|nghttp2|_ERROR\b|stream removed|socket|reset by peer|127\.0\.0\.1|html|PEER'S WORDS|"
    r"Deadline Exceeded|No status received|decompressing|metadata size|data flags",
    re.I,
)

main = runner.main

_SERVICE = "/soundcheck.v1.TrackService/"
_CALL = "tests/grpc/client/call"

TRACK = tracks.Track(id="t", name="T", description="d", owner_entity_ref="group:g")
TRACK_REPLY = tracks.GetTrackResponse(track=TRACK).SerializeToString()

_REPLIES = {
    _SERVICE + "GetTrack": TRACK_REPLY,
    _SERVICE + "UpdateTrack": tracks.UpdateTrackResponse(track=TRACK).SerializeToString(),
    _SERVICE + "CreateTracks": tracks.CreateTracksResponse(tracks=[TRACK]).SerializeToString(),
}


def answer_well(connection, request):
    """A script."""
    connection.reply(request, _REPLIES[request.path])


def good_frames(request):
    """All that answer_well() sends."""
    return raw_http2.reply_frames(request.stream, _REPLIES[request.path])


def big_reply(size):
    """A reply to GET and PUT, whose replies have the same shape, with a description of so many bytes."""
    track = tracks.Track(id="t", name="T", description="d" * size, owner_entity_ref="group:g")
    return tracks.GetTrackResponse(track=track).SerializeToString()


def document(description_bytes=1):
    return dict(documents.minimal("t"), description="d" * description_bytes)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A request of the gateway, and the call that it becomes."""

    http_method: str
    path: str
    grpc_method: str
    again: bool  # it may be sent twice
    success: int = 200


GET = Kind("GET", rest.track_path("t"), "GetTrack", True)
GET_ONCE = Kind("GET", rest.track_path("t"), "GetTrack", False)
PUT = Kind("PUT", rest.track_path("t"), "UpdateTrack", True)
POST = Kind("POST", rest.TRACKS, "CreateTracks", False, 201)


@dataclasses.dataclass
class Case:
    script: object
    status: object  # of HTTP: a number, or several of which each is right
    code: object  # of grpc/client, likewise
    differs: str = None  # why code and status do not agree
    kind: Kind = GET
    peer: dict = dataclasses.field(default_factory=dict)  # options of raw_http2.Peer
    request_bytes: int = 1
    deadline_ms: int = 6_000
    within_s: float = 4  # the gateway's answer; it is far below the deadline, so that nothing is found out by waiting for it
    client_deadline_ms: int = None  # when it is not the gateway's
    memory_bytes_max: int = 64 << 20  # of the gateway's growth
    hangs_up: bool = False  # the peer, before it behaves: what it did is in the connection for good
    calls: int = None  # how often the peer sees the gateway's call


GATEWAY, CLIENT = "gateway", "client"


def table(rows):
    """Each row is a test case for the gateway, and one for grpc/client."""
    return runner.table([(f"{name}_for_the_{side}", case, side) for name, case in rows for side in (GATEWAY, CLIENT)])


def _options(numbers):
    return set(numbers) if isinstance(numbers, tuple) else {numbers}


class TestCase(runner.TestCase):
    def gateway(self, port, deadline_ms=6_000, *flags):
        return self.enterContext(programs.gateway(port, f"--deadline-ms={deadline_ms}", *flags))

    def send(self, gateway, kind, request_bytes=1):
        with rest.Rest(gateway.port) as client:
            if kind.http_method == "GET":
                return client.get(kind.path)
            if kind is PUT:
                return client.put(kind.path, document(request_bytes))
            return client.post(kind.path, {"tracks": [document(request_bytes)]})

    def call_client(self, port, kind, request_bytes=1, deadline_ms=6_000):
        """What the program prints: (code or ABORTS, {first word: [rest of the line, …]})."""
        arguments = [
            f"127.0.0.1:{port}",
            _SERVICE + kind.grpc_method,
            str(deadline_ms),
            str(request_bytes),
            "again" if kind.again else "once",
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
        done = subprocess.run([_CALL, *arguments], env=environment, capture_output=True, timeout=90, check=False)
        if done.returncode == -signal.SIGABRT:
            return ABORTS, {}
        self.assertEqual(done.returncode, 0, done)
        lines = {}
        for line in done.stdout.decode(errors="replace").splitlines():
            word, _, rest_of_line = line.partition(" ")
            lines.setdefault(word, []).append(rest_of_line)
        return int(lines["code"][0]), lines

    def check_failure(self, reply, status):
        """It is an error body as every other, with no words in it but ours."""
        error = reply.document["error"]
        self.assertEqual(reply.document["response"]["statusCode"], status)
        self.assertEqual(error["name"], _NAMES.get(status, "Error"))
        self.assertTrue(error["message"])
        self.assertNotRegex(error["message"], _FOREIGN)

    def check_recovers(self, gateway, peer, hangs_up):
        """With a service that behaves calls work, as soon as it is connected."""
        peer.behave(answer_well, hangs_up)
        give_up = time.monotonic() + 8
        reply = self.send(gateway, GET)
        while reply.status == 503 and time.monotonic() < give_up:
            reply = self.send(gateway, GET)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.document["track"]["id"], "t")

    def check_gateway(self, case):
        peer = self.enterContext(raw_http2.Peer(case.script, **case.peer))
        gateway = self.gateway(peer.port, case.deadline_ms)
        memory = gateway.peak_resident_bytes()
        start = time.monotonic()
        reply = self.send(gateway, case.kind, case.request_bytes)
        elapsed = time.monotonic() - start
        calls = len(peer.requests)
        self.check_recovers(gateway, peer, case.hangs_up)
        if not programs.SANITIZED:
            self.assertLess(gateway.peak_resident_bytes() - memory, case.memory_bytes_max)
        gateway.stop()
        self.assertIn(reply.status, _options(case.status), reply.body)
        if reply.status >= 300:
            self.check_failure(reply, reply.status)
        self.assertLess(elapsed, case.within_s * (5 if programs.SANITIZED else 1))
        if case.calls is not None:
            self.assertEqual(calls, case.calls)
        return reply

    def check_client(self, case):
        with raw_http2.Peer(case.script, **case.peer) as peer:
            code, lines = self.call_client(
                peer.port, case.kind, case.request_bytes, case.client_deadline_ms or case.deadline_ms
            )
        self.assertIn(code, _options(case.code), lines)
        self.assertNotRegex("".join(lines.get("message", [])), _FOREIGN)
        agreeing = {code for status in _options(case.status) for code in _CODES[status]}
        if case.differs is None:
            self.assertIn(code, agreeing, "gateway and client disagree, and no reason is given")
        else:
            self.assertFalse(_options(case.code) <= agreeing, "a reason is given, but gateway and client agree")
        return lines

    def check(self, case, side):
        if side == GATEWAY:
            self.check_gateway(case)
        else:
            self.check_client(case)
