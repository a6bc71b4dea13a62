"""What the programs do besides serving: --print-routes, --explain, transcode, --help, and refusing bad flags."""

import json
import subprocess
import tempfile

from google.protobuf import descriptor_pb2

from support import documents, json_value, programs, runner
from support.grpc_client import to_document, to_message
from soundcheck.v1 import tracks_pb2

GATEWAY = "gateway/gateway"
TRACK_SERVICE = "service/track_service"
TRANSCODE = "gateway/transcode"
DESCRIPTORS = f"--descriptors={programs.DESCRIPTORS}"


def files_of(descriptor_set, name_end):
    """The files of the set whose names end so, without what they import."""
    whole = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set)
    files = [file for file in whole.file if file.name.endswith(name_end)]
    return descriptor_pb2.FileDescriptorSet(file=files).SerializeToString()


class Tools(runner.TestCase):
    def run_well(self, *command, stdin=b""):
        done = programs.run(*command, stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def explain(self, request, body=b"", *flags):
        return programs.run(GATEWAY, DESCRIPTORS, *flags, f"--explain={request}", stdin=body)

    def test_print_routes_shows_every_binding(self):
        routes = self.run_well(GATEWAY, DESCRIPTORS, "--print-routes").decode().splitlines()
        service = "soundcheck.v1.TrackService"
        expected = [
            f"DELETE /api/soundcheck/tracks/{{track_id}} -> {service}/DeleteTrack",
            f"GET /api/soundcheck/tracks -> {service}/ListTracks",
            f"GET /api/soundcheck/tracks/{{track_id}} -> {service}/GetTrack",
            f"PATCH /api/soundcheck/tracks/{{track_id}} -> {service}/UpdateTrack",
            f"POST /api/soundcheck/tracks -> {service}/CreateTracks",
            f"PUT /api/soundcheck/tracks/{{track_id}} -> {service}/UpdateTrack",
        ]
        self.assertEqual(sorted(routes), expected)

    @runner.table(
        [
            (
                "a_put",
                "PUT /api/soundcheck/tracks/a%20b?allowMissing=true",
                documents.full("a b"),
                "UpdateTrack",
                {"trackId": "a b", "track": documents.full("a b"), "allowMissing": True},
            ),
            (
                "a_patch",
                "PATCH /api/soundcheck/tracks/a",
                {"name": "A", "badge": {"color": "red"}, "documentationURL": "https://x", "filter": {"kind": "API"}},
                "UpdateTrack",
                {
                    "trackId": "a",
                    "track": {"name": "A", "badge": {"color": "red"}, "documentationURL": "https://x", "filter": {"kind": "API"}},
                    "updateMask": "name,badge.color,documentationUrl,filter",
                },
            ),
            ("a_get", "GET /api/soundcheck/tracks/a:b", None, "GetTrack", {"trackId": "a:b"}),
            ("a_list", "GET /api/soundcheck/tracks?tracks=a&tracks=b", None, "ListTracks", {"tracks": ["a", "b"]}),
            ("a_delete", "DELETE /api/soundcheck/tracks/x", None, "DeleteTrack", {"trackId": "x"}),
        ]
    )
    def explain_shows(self, request, document, method, expected):
        body = json.dumps(document).encode() if document else b""
        done = self.explain(request, body)
        self.assertEqual(done.returncode, 0, done.stderr)
        called, message = done.stdout.decode().splitlines()
        self.assertEqual(called, f"soundcheck.v1.TrackService/{method}")
        self.assertEqual(json_value.canonical(json_value.parse(message)), json_value.canonical(expected))

    @runner.table(
        [
            ("an_unknown_path", "GET /nothing", b"", 404),
            ("a_wrong_method", "POST /api/soundcheck/tracks/a", b"{}", 405),
            ("a_bad_body", "PUT /api/soundcheck/tracks/a", b'{"id": 7}', 400),
            ("a_bad_query", "GET /api/soundcheck/tracks?force=1", b"", 400),
        ]
    )
    def explain_refuses(self, request, body, status):
        for form, code in (("status", lambda error: error["code"]), ("backstage", lambda error: error["error"]["name"])):
            done = self.explain(request, body, f"--error-body={form}")
            self.assertEqual(done.returncode, 1, done.stdout)
            first, error = done.stdout.decode().splitlines()
            self.assertEqual(int(first.split()[0]), status)
            self.assertTrue(code(json_value.parse(error)))

    def test_unknown_fields_are_ignored_when_told_to(self):
        body = json.dumps(documents.minimal("a") | {"nmae": {"x": [1, None]}}).encode()
        request = "PUT /api/soundcheck/tracks/a"
        self.assertEqual(self.explain(request, body).returncode, 1)
        done = self.explain(request, body, "--unknown-fields=ignore")
        message = json_value.parse(done.stdout.decode().splitlines()[1])
        self.assertEqual(message["track"], documents.minimal("a"))

    def transcode(self, source, target, stdin):
        command = (TRANSCODE, DESCRIPTORS, "--type=soundcheck.v1.Track", f"--from={source}", f"--to={target}")
        return programs.run(*command, stdin=stdin)

    @runner.table(documents.cases())
    def transcode_agrees_with_protobuf_on(self, document):
        message = to_message(document)
        binary = self.transcode("json", "binary", json.dumps(document).encode())
        self.assertEqual(binary.returncode, 0, binary.stderr)
        self.assertEqual(tracks_pb2.Track.FromString(binary.stdout), message)
        text = self.transcode("binary", "json", message.SerializeToString())
        self.assertEqual(text.returncode, 0, text.stderr)
        printed = tracks_pb2.Track()
        printed.CopyFrom(to_message(json_value.parse(text.stdout)))
        self.assertEqual(printed, message)
        self.assertEqual(
            json_value.canonical(to_document(printed)), json_value.canonical(to_document(to_message(document)))
        )

    @runner.table(
        [
            ("truncated_json", "json", "binary", b'{"id": "a'),
            ("an_unknown_field", "json", "binary", b'{"nmae": "a"}'),
            ("truncated_binary", "binary", "json", b"\x0a\x05ab"),
            ("a_bad_tag", "binary", "json", b"\x07"),
            ("invalid_utf8", "binary", "json", b"\x0a\x01\xff"),
        ]
    )
    def transcode_refuses(self, source, target, stdin):
        done = self.transcode(source, target, stdin)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertRegex(done.stderr, rb"\S+")

    def test_transcode_refuses_input_over_its_limit(self):
        with tempfile.TemporaryFile() as file:
            file.truncate(256 * 1024 * 1024 + 1)
            command = [TRANSCODE, DESCRIPTORS, "--type=soundcheck.v1.Track", "--from=json", "--to=binary"]
            done = subprocess.run(command, stdin=file, capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, b"transcode: stdin: larger than 268435456 bytes\n"))

    @runner.table([("gateway", GATEWAY), ("track_service", TRACK_SERVICE), ("transcode", TRANSCODE)])
    def help_and_version_of(self, program):
        self.assertIn(b"--", self.run_well(program, "--help"))
        self.assertRegex(self.run_well(program, "--version"), rb"\d+\.\d+")

    @runner.table(
        [
            ("an_unknown_flag", [GATEWAY, DESCRIPTORS, "--upstraem=127.0.0.1:1"], "--upstraem"),
            ("no_descriptors", [GATEWAY, "--listen=127.0.0.1:0"], "--descriptors"),
            ("a_descriptor_file_that_is_not_there", [GATEWAY, "--descriptors=/nonexistent"], "/nonexistent"),
            ("a_descriptor_file_that_is_none", [GATEWAY, "--descriptors=tests/e2e/run.sh"], "run.sh"),
            ("a_bad_error_body", [GATEWAY, DESCRIPTORS, "--error-body=xml"], "xml"),
            ("an_address_without_a_port", [GATEWAY, DESCRIPTORS, "--listen=localhost"], "localhost"),
            ("an_unknown_store", [TRACK_SERVICE, "--store=paper:tracks"], "--store"),
            ("a_store_in_no_folder", [TRACK_SERVICE, "--store=sqlite:/nonexistent/tracks.db"], "/nonexistent"),
            ("a_flag_that_is_unknown_to_the_service", [TRACK_SERVICE, "--port=1"], "--port"),
            ("a_word_that_no_option_has", [TRANSCODE, DESCRIPTORS, "--type=a.B", "--from=xml", "--to=json"], "--from: expected"),
            ("an_unknown_type", [TRANSCODE, DESCRIPTORS, "--type=a.B", "--from=json", "--to=binary"], "a.B"),
        ]
    )
    def names_the_fault_of(self, command, fault):
        done = programs.run(*command)
        self.assertNotEqual(done.returncode, 0)
        self.assertGreater(done.returncode, 0)
        self.assertIn(fault, done.stderr.decode())

    @runner.table(
        [
            ("cut_short", lambda whole: whole[: len(whole) // 2], "expected an encoded google.protobuf.FileDescriptorSet"),
            ("empty", lambda whole: b"", "the descriptor set is empty"),
            ("without_imports", lambda whole: files_of(whole, "tracks.proto"), "is not in the set"),
            ("of_text", lambda whole: b"syntax = 'proto3';", "expected an encoded google.protobuf.FileDescriptorSet"),
        ]
    )
    def a_broken_descriptor_set_stops_the_start(self, spoil, fault):
        with open(programs.DESCRIPTORS, "rb") as whole, tempfile.NamedTemporaryFile() as spoilt:
            spoilt.write(spoil(whole.read()))
            spoilt.flush()
            for command in ((GATEWAY, "--listen=127.0.0.1:0"), (TRANSCODE, "--type=M", "--from=json", "--to=json")):
                done = programs.run(*command, f"--descriptors={spoilt.name}")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(fault, done.stderr.decode())
                self.assertIn(spoilt.name, done.stderr.decode())

    def test_a_store_that_is_no_database_is_refused_and_left_alone(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"no database" * 1000)
            file.flush()
            done = programs.run(TRACK_SERVICE, "--listen=127.0.0.1:0", f"--store=sqlite:{file.name}")
            self.assertGreater(done.returncode, 0)
            self.assertIn(file.name, done.stderr.decode())
            file.seek(0)
            self.assertEqual(file.read(), b"no database" * 1000)

    def test_a_port_in_use_is_refused(self):
        with programs.track_service("memory:") as service, programs.gateway(service.port) as gateway:
            for command in (
                (TRACK_SERVICE, f"--listen=127.0.0.1:{service.port}", "--store=memory:"),
                (GATEWAY, DESCRIPTORS, f"--listen=127.0.0.1:{gateway.port}", f"--upstream=127.0.0.1:{service.port}"),
            ):
                done = programs.run(*command)
                self.assertGreater(done.returncode, 0, command)
                self.assertIn("127.0.0.1", done.stderr.decode())


if __name__ == "__main__":
    runner.main()
