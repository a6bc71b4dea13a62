"""Each document: created over REST, changed by PUT, read back after a restart, over REST and over gRPC."""

import tempfile

from support import documents, json_value, programs, rest, runner
from support.grpc_client import TrackService, to_document
from soundcheck.v1 import tracks_pb2


class Documents(runner.TestCase):
    def assert_same_track(self, track, document):
        canonical = json_value.canonical
        self.assertEqual(canonical(documents.comparable(track)), canonical(documents.comparable(document)))

    @runner.table(documents.cases())
    def survives_a_restart(self, document):
        path = rest.track_path(document["id"])
        changed = documents.changed(document)
        store = "sqlite:" + self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db"
        with programs.track_service(store) as service, programs.gateway(service.port) as gateway:
            with rest.Rest(gateway.port) as client:
                created = client.post(rest.TRACKS, {"tracks": [document]})
                self.assertEqual(created.status, 201, created.body)
                self.assert_same_track(created.document["tracks"][0], document)
                self.assert_same_track(client.get(path).document["track"], document)
                put = client.put(path, changed)
                self.assertEqual(put.status, 200, put.body)
                self.assert_same_track(put.document["track"], changed)
        with programs.track_service(store) as service, programs.gateway(service.port) as gateway:
            with rest.Rest(gateway.port) as client, TrackService(service.port) as grpc_client:
                got = client.get(path)
                self.assertEqual(got.document, put.document)
                self.assertEqual(client.get(rest.TRACKS).document["tracks"], [put.document["track"]])
                track = grpc_client.GetTrack(tracks_pb2.GetTrackRequest(track_id=document["id"])).track
                self.assertEqual(
                    json_value.canonical(to_document(track)), json_value.canonical(put.document["track"])
                )


if __name__ == "__main__":
    runner.main()
