"""Clients that leave in the middle of a call: nothing of theirs stays behind, and a write is wholly there or not at all.

FAULT_ROUNDS says how many of them leave, in hundreds; FAULT_SEED repeats the chance of an earlier run (support/rounds.py).
"""

import itertools
import json
import socket
import struct
import tempfile
import time

from soundcheck.v1 import tracks_pb2
from support import history, programs, rest, rounds, runner
from support.grpc_client import TrackService, to_message
from support.track_clients import RestTracks
from support.writers import Writers

LEAVERS = 100 * rounds.count(2)
WRITERS = 32
SETTLE_SECONDS = 60
IDLE_SECONDS = 2  # in which the gateway closes a connection that has ended in a header
GROWTH_BYTES_MAX = 6 << 20  # what allocators may keep of a batch after the first one


def put_request(track_id):
    """The bytes of the whole request, and the length of its header."""
    body = json.dumps(history.document_of(track_id, 1)).encode()
    header = (
        f"PUT {rest.track_path(track_id)}?allowMissing=true HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    return header + body, len(header)


class Leaving(runner.TestCase):
    def setUp(self):
        store = "sqlite:" + self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db"
        self.service = self.enterContext(programs.track_service(store))
        self.gateway = self.enterContext(programs.gateway(self.service.port, f"--idle-timeout={IDLE_SECONDS}"))
        self.grpc = self.enterContext(TrackService(self.service.port))
        self.chance = rounds.chance()
        self.names = (f"work-{number}" for number in itertools.count())
        self.work()
        self.grpc.ListTracks(tracks_pb2.ListTracksRequest())  # its connection is there, as that of the gateway

    def work(self):
        ports = {"rest_ports": [self.gateway.port], "grpc_ports": [self.service.port]}
        with Writers(**ports, count=8, name=next(self.names)) as writers:
            writers.await_each()
        writers.check(RestTracks(self.gateway.port))

    def send_and_leave(self, request, with_reset):
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=60) as client:
            if with_reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(request)

    def leave_in_the_header(self, track_id, with_reset):
        request, header_len = put_request(track_id)
        self.send_and_leave(request[: self.chance.randrange(1, header_len)], with_reset)

    def leave_in_the_body(self, track_id, with_reset):
        request, header_len = put_request(track_id)
        self.send_and_leave(request[: self.chance.randrange(header_len, len(request))], with_reset)

    def leave_before_the_reply(self, track_id, with_reset):
        self.send_and_leave(put_request(track_id)[0], with_reset)

    def cancel(self, track_id, at_once):
        """Over gRPC."""
        track = to_message(history.document_of(track_id, 1))
        request = tracks_pb2.UpdateTrackRequest(track_id=track_id, track=track, allow_missing=True)
        call = self.grpc.start("UpdateTrack", request)
        if not at_once:
            time.sleep(self.chance.uniform(0, 0.005))
        call.cancel()

    def assert_settles(self, server, files):
        """It has again as few open files as before."""
        give_up = time.monotonic() + SETTLE_SECONDS
        while server.open_files() > files and time.monotonic() < give_up:
            time.sleep(0.05)
        self.assertLessEqual(server.open_files(), files)

    def check_after(self, files, track_ids, may_exist):
        for server, count in files.items():
            self.assert_settles(server, count)
        self.work()
        client = RestTracks(self.gateway.port)
        for track_id in track_ids:
            state = history.state_of(track_id, client.get(track_id))
            if not may_exist:
                self.assertEqual(state, history.ABSENT)
        client.close()

    @runner.table(
        [
            ("in_the_header", leave_in_the_header, False),
            ("in_the_body", leave_in_the_body, False),
            ("before_the_reply", leave_before_the_reply, True),
            ("cancelling_over_grpc", cancel, True),
        ]
    )
    def nothing_stays_of_clients_that_leave(self, leave, may_exist):
        files = {server: server.open_files() for server in (self.service, self.gateway)}
        resident = []
        for batch in range(2):
            track_ids = [f"leaver-{batch}-{number}" for number in range(LEAVERS)]
            for number, track_id in enumerate(track_ids):
                leave(self, track_id, number % 2 == 0)
            self.check_after(files, track_ids, may_exist)
            resident.append([server.resident_bytes() for server in files])
        if not programs.SANITIZED:  # sanitizers keep freed memory
            for first, last in zip(*resident):
                self.assertLess(last - first, GROWTH_BYTES_MAX)

    def test_calls_whose_clients_have_left_are_cancelled_while_the_service_stands_still(self):
        files = {self.gateway: self.gateway.open_files()}
        track_ids = [f"leaver-{number}" for number in range(LEAVERS)]
        with self.service.paused():
            for number, track_id in enumerate(track_ids):
                self.leave_before_the_reply(track_id, number % 2 == 0)
            for server, count in files.items():
                self.assert_settles(server, count)
        self.check_after(files, track_ids, True)

    def test_nothing_stays_of_a_gateway_that_is_killed(self):
        files = {self.service: self.service.open_files()}
        gateway = programs.gateway(self.service.port)
        with Writers(rest_ports=[gateway.port], count=WRITERS) as writers:
            writers.await_each()
            gateway.kill()
            writers.await_unanswered(WRITERS)
        writers.check(RestTracks(self.gateway.port))
        self.check_after(files, [], True)


if __name__ == "__main__":
    runner.main()
