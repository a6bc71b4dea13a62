"""track_service and foreign gRPC clients: Python's and node's."""

import json
import os
import subprocess
import unittest

import grpc

from support import documents, json_value, programs, rest, runner
from support.grpc_client import TrackService, to_document, to_message
from soundcheck.v1 import tracks_pb2

UPDATE_TRACK = "/soundcheck.v1.TrackService/UpdateTrack"


def update(document, **kwargs):
    return tracks_pb2.UpdateTrackRequest(track_id=document["id"], track=to_message(document), **kwargs)


def get(track_id):
    return tracks_pb2.GetTrackRequest(track_id=track_id)


def length_delimited(number, content):
    """The wire form of a string, bytes or message field."""
    length, varint = len(content), b""
    while length > 0x7F:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + varint + bytes([length]) + content


class Grpc(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        gateway = cls.enterClassContext(programs.gateway(service.port))
        cls.service_port = service.port
        cls.grpc = cls.enterClassContext(TrackService(service.port))
        cls.rest = cls.enterClassContext(rest.Rest(gateway.port))

    def assert_same(self, track, document):
        canonical = json_value.canonical
        self.assertEqual(canonical(documents.comparable(track)), canonical(documents.comparable(document)))

    def assert_fails(self, code, call, *arguments):
        with self.assertRaises(grpc.RpcError) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception.details()

    @runner.table(documents.cases())
    def rest_and_grpc_agree_on(self, document):
        path = rest.track_path(document["id"])
        updated = self.grpc.UpdateTrack(update(document, allow_missing=True)).track
        self.assert_same(to_document(updated), document)
        got = self.rest.get(path).document["track"]
        self.assertEqual(json_value.canonical(got), json_value.canonical(to_document(updated)))
        put = self.rest.put(path, documents.changed(document)).document["track"]
        track = self.grpc.GetTrack(get(document["id"])).track
        self.assertEqual(json_value.canonical(to_document(track)), json_value.canonical(put))

    def test_all_five_calls_work(self):
        ids = ["five-a", "five-b"]
        tracks = [to_message(documents.minimal(track_id)) for track_id in ids]
        created = self.grpc.CreateTracks(tracks_pb2.CreateTracksRequest(tracks=tracks)).tracks
        self.assertEqual([track.id for track in created], ids)
        updated = self.grpc.UpdateTrack(update(documents.full("five-a"))).track
        self.assertEqual(self.grpc.GetTrack(get("five-a")).track, updated)
        listed = self.grpc.ListTracks(tracks_pb2.ListTracksRequest(tracks=ids)).tracks
        self.assertEqual(list(listed), [updated, created[1]])
        self.grpc.DeleteTrack(tracks_pb2.DeleteTrackRequest(track_id="five-a"))
        self.assert_fails(grpc.StatusCode.NOT_FOUND, self.grpc.GetTrack, get("five-a"))

    @unittest.skipUnless(os.path.isdir("tests/e2e/node/node_modules"), "script/setup has not installed the node client")
    def test_a_node_client_gets_the_same_track(self):
        document = documents.full("node")
        node = subprocess.run(
            ["node", "tests/e2e/node/update_track.js", f"127.0.0.1:{self.service_port}", programs.DESCRIPTORS],
            input=json.dumps({"trackId": "node", "track": document, "allowMissing": True}).encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(node.returncode, 0, node.stderr.decode())
        self.assert_same(json_value.parse(node.stdout), document)
        self.assert_same(to_document(self.grpc.GetTrack(get("node")).track), document)

    def test_an_unknown_track_is_not_found(self):
        request = update(documents.minimal("nobody"))
        self.assertIn("nobody", self.assert_fails(grpc.StatusCode.NOT_FOUND, self.grpc.UpdateTrack, request))

    def test_an_existing_track_is_not_created_again(self):
        request = tracks_pb2.CreateTracksRequest(tracks=[to_message(documents.minimal("twice"))])
        self.grpc.CreateTracks(request)
        self.assertIn("twice", self.assert_fails(grpc.StatusCode.ALREADY_EXISTS, self.grpc.CreateTracks, request))

    def test_a_track_that_breaks_a_rule_is_refused_with_the_fields_name(self):
        request = update(documents.minimal("rules") | {"name": "x" * 101}, allow_missing=True)
        self.assertIn("name", self.assert_fails(grpc.StatusCode.INVALID_ARGUMENT, self.grpc.UpdateTrack, request))
        self.assert_fails(grpc.StatusCode.NOT_FOUND, self.grpc.GetTrack, get("rules"))

    def test_an_unknown_method_is_unimplemented(self):
        for path in ("/soundcheck.v1.TrackService/Nothing", "/nothing.v1.Service/GetTrack"):
            self.assert_fails(grpc.StatusCode.UNIMPLEMENTED, self.grpc.call_bytes, path, b"")

    @runner.table(
        [
            ("truncated", b"\x0a\x05abc"),
            ("overlong_varint", b"\x18" + b"\xff" * 11),
            ("field_number_zero", b"\x00\x00"),
            ("invalid_utf8", length_delimited(1, b"\xff")),
            ("embedded_nul", length_delimited(1, b"a\0b")),
        ]
    )
    def refuses_bytes_that_are(self, request):
        self.assert_fails(grpc.StatusCode.INVALID_ARGUMENT, self.grpc.call_bytes, UPDATE_TRACK, request)

    def test_a_fault_in_a_fields_bytes_is_a_violation_of_that_field(self):
        request = update(documents.minimal("fault") | {"levels": [{"ordinal": 1}]}, allow_missing=True)
        request.track.levels[0].checks.add(id="a\0b")
        with self.assertRaises(grpc.RpcError) as raised:
            self.grpc.UpdateTrack(request)
        details = dict(raised.exception.trailing_metadata())["grpc-status-details-bin"]
        violation = length_delimited(1, b"track.levels[0].checks[0].id")
        self.assertIn(b"type.googleapis.com/google.rpc.BadRequest", details)
        self.assertIn(violation, details)

    def test_a_filter_nested_10000_deep_is_refused(self):
        struct = b""
        for _ in range(10_000):  # Struct.fields {"a": Value.struct_value}
            struct = length_delimited(1, length_delimited(1, b"a") + length_delimited(2, length_delimited(5, struct)))
        valid = update(documents.minimal("deep"), allow_missing=True).SerializeToString()
        deep = valid + length_delimited(2, length_delimited(9, struct))
        self.assert_fails(grpc.StatusCode.INVALID_ARGUMENT, self.grpc.call_bytes, UPDATE_TRACK, deep)
        self.assert_fails(grpc.StatusCode.NOT_FOUND, self.grpc.GetTrack, get("deep"))

    def test_whatever_depth_rest_accepts_a_foreign_client_can_read(self):
        value, accepted = "x", 0
        for _ in range(100):
            value = {"a": [value]}
            document = documents.minimal("depth") | {"milestones": [value]}
            reply = self.rest.put(rest.track_path("depth") + "?allowMissing=true", document)
            if reply.status != 200:
                break
            self.assert_same(to_document(self.grpc.GetTrack(get("depth")).track), document)
            accepted += 1
        self.assertIn(accepted, range(5, 100))
        self.assertEqual(reply.status, 400, reply.body)

    def test_a_message_over_the_limit_is_refused(self):
        huge = update(documents.minimal("huge") | {"description": "x" * (8 << 20)}, allow_missing=True)
        self.assert_fails(grpc.StatusCode.RESOURCE_EXHAUSTED, self.grpc.UpdateTrack, huge)


if __name__ == "__main__":
    runner.main()
