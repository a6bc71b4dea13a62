"""32 clients increment a counter in one track, each by reading it and writing it back if nobody else has in between: on SQLite,
and on a PostgreSQL that two services share.

RACE_INCREMENTS says how many increments each client makes; 4 unless it is set.
"""

import os
import tempfile
import threading

import grpc

from support import documents, json_value, postgresql, programs, rest, runner
from support.grpc_client import TrackService, to_document, to_message
from soundcheck.v1 import tracks_pb2

CLIENTS = 32
READERS = 2
INCREMENTS = int(os.environ.get("RACE_INCREMENTS") or 4)
TRACK_ID = "counter"


def document(count):
    """Says the number in every part, so that a mix of two versions shows."""
    return documents.full(TRACK_ID, levels=2, checks=2) | {
        "description": str(count),
        "name": f"Counter {count}",
        "filter": {"count": [str(count)] * 3},
        "milestones": [{"count": count}, {"text": "x" * (count % 50)}],
        "supportChannel": str(count),
    }


def count_of(track):
    count = int(track["description"])
    if json_value.canonical(documents.comparable(track)) != json_value.canonical(documents.comparable(document(count))):
        raise AssertionError(f"a mix of versions: {track}")
    return count


class RestClient:
    def __init__(self, service_port, gateway_port):
        self._rest = rest.Rest(gateway_port)
        self._path = rest.track_path(TRACK_ID)

    def read(self):
        reply = self._rest.get(self._path)
        if reply.status != 200:
            raise AssertionError(reply.body)
        return count_of(reply.document["track"]), reply.headers["ETag"]

    def write(self, count, etag):
        """Whether it was still that version."""
        reply = self._rest.put(self._path, document(count), headers={"If-Match": etag})
        if reply.status not in (200, 412):
            raise AssertionError(reply.body)
        return reply.status == 200


class GrpcClient:
    def __init__(self, service_port, gateway_port):
        self._grpc = TrackService(service_port)

    def read(self):
        reply, metadata = self._grpc.call("GetTrack", tracks_pb2.GetTrackRequest(track_id=TRACK_ID))
        return count_of(to_document(reply.track)), metadata["etag"]

    def write(self, count, etag):
        request = tracks_pb2.UpdateTrackRequest(track_id=TRACK_ID, track=to_message(document(count)))
        try:
            self._grpc.call("UpdateTrack", request, [("if-match", etag)])
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.ABORTED:
                raise
            return False
        return True


class Race(runner.TestCase):
    def setUp(self):
        self.errors = []
        self.counts = {}  # by etag
        self.lock = threading.Lock()
        self.ended = threading.Event()

    def _note(self, count, etag):
        """An etag names one version, and a version has one etag."""
        with self.lock:
            if self.counts.setdefault(etag, count) != count:
                raise AssertionError(f"{etag} was {self.counts[etag]}, is {count}")

    def _increment(self, client):
        while True:
            count, etag = client.read()
            self._note(count, etag)
            if client.write(count + 1, etag):
                return

    def _writer(self, kind):
        client = kind(*self.ports)
        for _ in range(INCREMENTS):
            self._increment(client)

    def _reader(self, kind):
        client, last = kind(*self.ports), 0
        while not self.ended.is_set():
            count, etag = client.read()
            self._note(count, etag)
            if count < last:
                raise AssertionError(f"{count} was read after {last}")
            last = count

    def _start(self, work, kind):
        def guarded():
            try:
                work(kind)
            except Exception as error:  # to be told by the test's own thread
                self.errors.append(repr(error))

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    def _race(self, store, services):
        """No acknowledged increment is lost, and no version is a mix."""
        ports = [self.enterContext(programs.track_service(store)).port for _ in range(services)]
        upstream = ",".join(f"127.0.0.1:{port}" for port in ports)
        gateway = self.enterContext(programs.gateway(ports[0], f"--upstream={upstream}"))
        self.ports = ports[-1], gateway.port
        kinds = (RestClient, GrpcClient)
        with rest.Rest(self.ports[1]) as client:
            client.put(rest.track_path(TRACK_ID) + "?allowMissing=true", document(0))
        readers = [self._start(self._reader, kinds[number % 2]) for number in range(READERS)]
        writers = [self._start(self._writer, kinds[number % 2]) for number in range(CLIENTS)]
        for writer in writers:
            writer.join()
        self.ended.set()
        for reader in readers:
            reader.join()
        self.assertEqual(self.errors, [])
        count, etag = RestClient(*self.ports).read()
        self._note(count, etag)
        self.assertEqual(count, CLIENTS * INCREMENTS)
        self.assertEqual(sorted(self.counts.values()), sorted(set(self.counts.values())))

    def test_on_sqlite(self):
        self._race("sqlite:" + self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db", services=1)

    def test_of_two_services_on_postgresql(self):
        self._race(postgresql.uri(self.enterContext(postgresql.Server())), services=2)


if __name__ == "__main__":
    runner.main()
