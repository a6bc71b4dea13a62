"""A disk that is full: writes are refused, reads go on, nothing is lost, and writes work again when there is space."""

import contextlib
import os
import pathlib
import resource
import shutil
import sqlite3
import tempfile

import grpc

from soundcheck.v1 import tracks_pb2
from support import documents, programs, rest, runner
from support.grpc_client import TrackService, to_message
from support.small_disk import SmallDisk
from support.track_clients import GrpcTracks, RestTracks
from support.writers import Writers

WRITERS = 16
ACKNOWLEDGED = 100  # before the disk is full
REFUSED = 50  # while it is
DISK_BYTES = 16 << 20
LOG_DISK_BYTES = 8 << 20  # half of what the log may take
LOG_WRITES = 400  # of 60 kB: three such disks
LARGE_MAX = 1000  # documents that fit into what the files had taken before


def large(number):
    return documents.minimal(f"large-{number}") | {"description": "x" * 60_000}


class FullDisk:
    """A small file system, and nothing left of it."""

    prefix = ()

    def __init__(self, test):
        self._disk = test.enterContext(SmallDisk(DISK_BYTES))
        self.path = self._disk.path
        self.prefix = self._disk.prefix
        self.seen_from_here = self._disk.seen_from_here

    def begin(self, _):
        self._disk.fill()

    def end(self, _):
        self._disk.free()


class FileLimit:
    """A limit on the size of the files that the service writes, where its log is at that time."""

    prefix = ()

    def __init__(self, test):
        self.path = test.enterContext(tempfile.TemporaryDirectory())
        self.seen_from_here = pathlib.Path(self.path)
        self._before = None

    def begin(self, service):
        size = max(os.path.getsize(path) for path in self.seen_from_here.iterdir())
        self._before = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size, self._before[1]))

    def end(self, service):
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, self._before)


class DiskFull(runner.TestCase):
    def start(self):
        self.service = programs.track_service(f"sqlite:{self.fault.path}/tracks.db", self.port, prefix=self.fault.prefix)

    def check_file(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("tracks.db", "tracks.db-wal"):
                shutil.copy(self.fault.seen_from_here / name, folder)
            with contextlib.closing(sqlite3.connect(f"{folder}/tracks.db")) as file:
                self.assertEqual(file.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def put_until_refused(self, put):
        """Puts one document after another, as there may be room in the log that SQLite keeps; and the ids of those stored."""
        stored = []
        for number in range(LARGE_MAX):
            if not put(large(number)):
                self.refused_id = f"large-{number}"
                return stored
            stored.append(f"large-{number}")
        self.fail("all writes fit")

    def put_over_rest(self, port, document):
        with rest.Rest(port) as client:
            reply = client.put(rest.track_path(document["id"]) + "?allowMissing=true", document)
            if reply.status == 200:
                return True
            self.assertEqual(reply.status, 503, reply.body)
            self.assertEqual(reply.document["error"]["name"], "ServiceUnavailableError")
            self.assertRegex(reply.headers["Retry-After"], r"^\d+$")
            self.assertEqual(client.get("/healthz/ready").status, 200)
            return False

    def put_over_grpc(self, client, document):
        track = to_message(document)
        try:
            client.UpdateTrack(tracks_pb2.UpdateTrackRequest(track_id=track.id, track=track, allow_missing=True))
            return True
        except grpc.RpcError as error:
            self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE, error.details())
            return False

    def check_reads(self, clients):
        """Every read has an answer."""
        for number in range(WRITERS):
            for client in clients:
                client.get(f"track-{number}")

    @runner.table([("a_full_disk", FullDisk), ("a_limit_on_the_size_of_files", FileLimit)])
    def refuses_writes_alone_and_loses_nothing_with(self, kind):
        try:
            self.fault = kind(self)
        except PermissionError as error:
            self.skipTest(str(error))
        self.port = programs.free_port()
        self.start()
        self.addCleanup(lambda: self.service.__exit__())
        gateway = self.enterContext(programs.gateway(self.port))
        grpc_client = self.enterContext(TrackService(self.port))
        clients = [RestTracks(gateway.port), GrpcTracks(grpc_client)]
        with Writers(rest_ports=[gateway.port] * 3, grpc_ports=[self.port], count=WRITERS) as writers:
            writers.await_acknowledged(ACKNOWLEDGED)
            self.fault.begin(self.service)
            writers.await_unanswered(REFUSED)
            stored = self.put_until_refused(lambda document: self.put_over_grpc(grpc_client, document))
            stored += self.put_until_refused(lambda document: self.put_over_rest(gateway.port, document))
            self.check_reads(clients)
            self.fault.end(self.service)
            writers.await_each()
        for client in clients:
            writers.check(client)
            self.assertIsNone(client.get(self.refused_id))
        self.service.kill()
        self.check_file()
        self.start()
        for client in clients:
            writers.check(client)
        for track_id in stored:
            self.assertIsNotNone(clients[0].get(track_id))

    def test_a_disk_smaller_than_the_log_may_be_is_large_enough(self):
        try:
            disk = self.enterContext(SmallDisk(LOG_DISK_BYTES))
        except PermissionError as error:
            self.skipTest(str(error))
        service = self.enterContext(programs.track_service(f"sqlite:{disk.path}/tracks.db", prefix=disk.prefix))
        client = self.enterContext(TrackService(service.port))
        document = documents.minimal("log")
        for number in range(LOG_WRITES):
            text = chr(ord("a") + number % 26) * 60_000  # SQLite writes no page that stays as it was
            self.assertTrue(self.put_over_grpc(client, document | {"description": text}), f"write {number}")


if __name__ == "__main__":
    runner.main()
