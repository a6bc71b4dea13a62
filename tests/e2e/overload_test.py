"""More writes than the service takes, while its disk does nothing: what does not fit is refused at once, the rest is stored.

The disk that does nothing is another program that holds SQLite's lock for writing.
"""

import collections
import contextlib
import sqlite3
import tempfile
import threading

import grpc

from soundcheck.v1 import tracks_pb2
from support import documents, programs, runner
from support.grpc_client import TrackService, to_message

CHANNELS = 8  # each is one connection, which carries 1,024 calls at a time
WRITES = 7000  # more than may wait, and than are refused with the batches that waited too long for the lock
LATER = 64


class Overload(runner.TestCase):
    def setUp(self):
        path = self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db"
        self.service = self.enterContext(programs.track_service(f"sqlite:{path}"))
        self.disk = self.enterContext(contextlib.closing(sqlite3.connect(path, isolation_level=None)))
        self.channels = [
            self.enterContext(TrackService(self.service.port, ("channel", str(number)))) for number in range(CHANNELS)
        ]
        self.refused = threading.Event()

    def start_write(self, number):
        track = to_message(documents.minimal(f"track-{number}"))
        request = tracks_pb2.UpdateTrackRequest(track_id=track.id, track=track, allow_missing=True)
        call = self.channels[number % CHANNELS].start("UpdateTrack", request)
        call.add_done_callback(self.note)
        return call

    def note(self, call):
        if call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
            self.refused.set()

    def stored(self):
        reply = self.channels[0].ListTracks(tracks_pb2.ListTracksRequest())
        return {track.id for track in reply.tracks}

    def test_writes_that_do_not_fit_are_refused_at_once_and_no_other_is_lost(self):
        self.disk.execute("BEGIN IMMEDIATE")
        calls = [self.start_write(number) for number in range(WRITES)]
        self.assertTrue(self.refused.wait(60))  # while the disk still does nothing
        self.assertEqual(self.stored(), set())  # reads do not wait
        self.disk.execute("ROLLBACK")
        outcomes = collections.defaultdict(set)
        for number, call in enumerate(calls):
            outcomes[call.code()].add(f"track-{number}")  # waits for it
        self.assertLessEqual(
            set(outcomes), {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE}
        )
        self.assertEqual(self.stored(), outcomes[grpc.StatusCode.OK])
        self.assertGreater(len(outcomes[grpc.StatusCode.OK]), 0)
        for call in [self.start_write(number) for number in range(LATER)]:
            self.assertEqual(call.code(), grpc.StatusCode.OK, call.details())


if __name__ == "__main__":
    runner.main()
