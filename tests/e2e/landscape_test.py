"""What users of gRPC expect of a service besides its own methods, tried with foreign clients: Python's gRPC, and node's."""

import json
import os
import signal
import socket
import threading
import unittest

import grpc
from google.protobuf import descriptor_pb2

from support import documents, grpc_services, programs, rest, runner
from support.grpc_client import to_message
from soundcheck.v1 import tracks_pb2

TRACKS = "soundcheck.v1.TrackService"
MIB = 1024 * 1024


def channel_to(port, **kwargs):
    return grpc.insecure_channel(f"127.0.0.1:{port}", **kwargs)


def update(channel, request):
    call = channel.unary_unary(
        f"/{TRACKS}/UpdateTrack",
        tracks_pb2.UpdateTrackRequest.SerializeToString,
        tracks_pb2.UpdateTrackResponse.FromString,
    )
    return call(request, timeout=60)


class Meter:
    """A port that passes one connection on to another, and counts what is sent and received."""

    def __init__(self, port):
        self.sent = self.received = 0
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self._thread.join()

    def _run(self):
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._pass, args=(server, client, "received"))
            back.start()
            self._pass(client, server, "sent")
            back.join()

    def _pass(self, source, target, counter):
        try:
            while data := source.recv(65536):
                setattr(self, counter, getattr(self, counter) + len(data))
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side has gone


class Case(runner.TestCase):
    def assert_fails(self, code, call, *arguments, **kwargs):
        with self.assertRaises(grpc.RpcError) as caught:
            call(*arguments, **kwargs)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception.details()


class Health(Case):
    def setUp(self):
        self.service = self.enterContext(programs.track_service("memory:"))
        self.channel = self.enterContext(channel_to(self.service.port))
        self.health = grpc_services.Health(self.channel)

    def test_server_and_services_are_serving(self):
        for name in ("", TRACKS, "grpc.health.v1.Health"):
            self.assertEqual(self.health.check(name), "SERVING", name)
            self.assertEqual(next(self.health.watch(name)), "SERVING", name)

    def test_other_services_are_unknown(self):
        for name in ("soundcheck.v1", "soundcheck.v1.TrackService/GetTrack", "TrackService"):
            self.assert_fails(grpc.StatusCode.NOT_FOUND, self.health.check, name)
            self.assertEqual(next(self.health.watch(name)), "SERVICE_UNKNOWN", name)

    def test_sigterm_turns_health_before_calls_are_refused(self):
        watches = [self.health.watch(name) for name in ("", TRACKS)]
        for watch in watches:
            self.assertEqual(next(watch), "SERVING")
        self.service.terminate()
        for watch in watches:
            self.assertEqual(next(watch), "NOT_SERVING")
            details = self.assert_fails(grpc.StatusCode.UNAVAILABLE, next, watch)
            self.assertEqual(details, "the server is shutting down")
        self.service.wait()

    def test_the_gateway_watches_without_complaint(self):
        with programs.gateway(self.service.port) as gateway, rest.Rest(gateway.port) as client:
            self.assertEqual(client.get(rest.TRACKS).status, 200)
            gateway.stop()
            self.assertNotIn('"level":"error"', gateway.log())


class Reflection(Case):
    VERSIONS = [("v1", "v1"), ("v1alpha", "v1alpha")]

    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(programs.track_service("memory:"))
        cls.channel = cls.enterClassContext(channel_to(cls.service.port))

    def file_names(self, reply):
        files = reply.file_descriptor_response.file_descriptor_proto
        self.assertTrue(files, reply)
        return [descriptor_pb2.FileDescriptorProto.FromString(file).name for file in files]

    @runner.table(VERSIONS)
    def lists_services_in(self, version):
        reply = grpc_services.Reflection(self.channel, version).ask(list_services="")
        self.assertEqual(
            {service.name for service in reply.list_services_response.service},
            {
                TRACKS,
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            },
        )

    @runner.table(VERSIONS)
    def finds_files_in(self, version):
        reflection = grpc_services.Reflection(self.channel, version)
        tracks = "soundcheck/v1/tracks.proto"
        for question in (
            {"file_by_filename": tracks},
            {"file_containing_symbol": TRACKS},
            {"file_containing_symbol": TRACKS + ".UpdateTrack"},
            {"file_containing_symbol": "soundcheck.v1.Track.Type"},
        ):
            names = self.file_names(reflection.ask(**question))
            self.assertEqual(names[0], tracks)
            self.assertIn("google/protobuf/struct.proto", names)
            self.assertEqual(len(names), len(set(names)))
        extension = {"containing_type": "google.protobuf.MethodOptions", "extension_number": 72295728}
        names = self.file_names(reflection.ask(file_containing_extension=extension))
        self.assertEqual(names[0], "google/api/annotations.proto")

    @runner.table(VERSIONS)
    def numbers_extensions_in(self, version):
        reflection = grpc_services.Reflection(self.channel, version)
        numbers = reflection.ask(all_extension_numbers_of_type="google.protobuf.MethodOptions")
        self.assertEqual(numbers.all_extension_numbers_response.base_type_name, "google.protobuf.MethodOptions")
        self.assertIn(72295728, numbers.all_extension_numbers_response.extension_number)
        none = reflection.ask(all_extension_numbers_of_type="soundcheck.v1.Track")
        self.assertTrue(none.HasField("all_extension_numbers_response"))
        self.assertEqual(list(none.all_extension_numbers_response.extension_number), [])

    @runner.table(VERSIONS)
    def answers_errors_and_goes_on_in(self, version):
        reflection = grpc_services.Reflection(self.channel, version)
        questions = [
            reflection.request(host="here", file_by_filename="tracks.proto"),
            reflection.request(file_containing_symbol="soundcheck.v1.Trac"),
            reflection.request(file_containing_symbol=""),
            reflection.request(file_containing_extension={"containing_type": "x", "extension_number": 1}),
            reflection.request(file_containing_extension={}),
            reflection.request(all_extension_numbers_of_type="soundcheck.v1.Nothing"),
            reflection.request(host="nothing asked"),
            reflection.request(list_services="all"),
        ]
        replies = reflection.ask_all(questions)
        self.assertEqual([reply.original_request for reply in replies], questions)
        self.assertEqual([reply.valid_host for reply in replies], [question.host for question in questions])
        codes = [reply.error_response.error_code for reply in replies]
        self.assertEqual(codes, [5, 5, 5, 5, 5, 5, 3, 0])
        self.assertEqual(replies[0].error_response.error_message, "there is no such file")

    def test_refuses_what_it_cannot_read(self):
        reflection = grpc_services.Reflection(self.channel, "v1")
        self.assert_fails(grpc.StatusCode.INVALID_ARGUMENT, reflection.ask, file_containing_symbol="x" * 513)
        self.assert_fails(grpc.StatusCode.INVALID_ARGUMENT, reflection.ask, host="x" * 257, list_services="")
        path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
        for request in (b"\x22\xff", b"\x22\x01\xff", b"\x2a\x03\x0a\x01\xff", b"\x0a\x01\xff"):
            self.assert_fails(grpc.StatusCode.INVALID_ARGUMENT, next, self.channel.stream_stream(path)(iter([request])))

    def test_a_client_without_proto_files_can_call(self):
        reply = grpc_services.Reflection(self.channel, "v1").ask(file_containing_symbol=TRACKS)
        messages = grpc_services.Messages(reply.file_descriptor_response.file_descriptor_proto)
        method = messages.service(TRACKS).methods_by_name["UpdateTrack"]
        call = self.channel.unary_unary(
            f"/{TRACKS}/UpdateTrack",
            messages(method.input_type.full_name).SerializeToString,
            messages(method.output_type.full_name).FromString,
        )
        track = messages("soundcheck.v1.Track").FromString(to_message(documents.full("reflected")).SerializeToString())
        request = messages(method.input_type.full_name)(track_id="reflected", track=track, allow_missing=True)
        self.assertEqual(call(request, timeout=60).track.name, track.name)


class Node(Case):
    @unittest.skipUnless(os.path.isdir("tests/e2e/node/node_modules"), "script/setup has not installed the node client")
    def test_a_node_client_gets_the_same_answers(self):
        with programs.track_service("memory:") as service:
            address = f"127.0.0.1:{service.port}"
            node = programs.run("node", "tests/e2e/node/landscape.js", address, "tests/e2e/grpc_descriptors.binpb", TRACKS)
        self.assertEqual(node.returncode, 0, node.stderr.decode())
        answers = json.loads(node.stdout)
        self.assertEqual((answers["check"], answers["watch"]), ("SERVING", "SERVING"))
        for version in ("v1", "v1alpha"):
            self.assertIn(TRACKS, answers[version]["services"])
            self.assertGreater(answers[version]["files"], 1)
            self.assertEqual(answers[version]["error"], 5)


class Sizes(Case):
    """Compression, and limits of messages."""

    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(programs.track_service("memory:"))

    def request(self, **kwargs):
        return tracks_pb2.UpdateTrackRequest(track_id="t", track=to_message(documents.full("t") | kwargs), allow_missing=True)

    @runner.table([("gzip", grpc.Compression.Gzip), ("deflate", grpc.Compression.Deflate)])
    def requests_may_be_compressed_with(self, compression):
        with channel_to(self.service.port, compression=compression) as channel:
            request = self.request(description="large " * 10000)
            self.assertEqual(update(channel, request).track.description, request.track.description)
            self.assertEqual(grpc_services.Health(channel).check(), "SERVING")
            reply = grpc_services.Reflection(channel, "v1").ask(file_containing_symbol=TRACKS)
            self.assertTrue(reply.file_descriptor_response.file_descriptor_proto)

    @runner.table([("nothing", None, 60000, MIB), ("gzip", grpc.Compression.Gzip, 0, 6000)])
    def the_reply_is_compressed_as_the_request_is_with(self, compression, least, most):
        with Meter(self.service.port) as meter:
            with channel_to(meter.port, compression=compression) as channel:
                update(channel, self.request(description="large " * 10000))
        for count in (meter.sent, meter.received):
            self.assertGreaterEqual(count, least)
            self.assertLess(count, most)

    @runner.table([("as_it_is", None), ("gzip", grpc.Compression.Gzip)])
    def a_request_over_the_limit_is_refused(self, compression):
        with channel_to(self.service.port, compression=compression) as channel:
            for size in (4 * MIB + 1, 16 * MIB):
                details = self.assert_fails(
                    grpc.StatusCode.RESOURCE_EXHAUSTED, channel.unary_unary(f"/{TRACKS}/GetTrack"), bytes(size), timeout=60
                )
                self.assertIn("4194304", details)
            self.assertEqual(grpc_services.Health(channel).check(), "SERVING")

    def test_a_small_request_that_would_be_large_takes_no_memory(self):
        with programs.track_service("memory:") as service:
            with channel_to(service.port, compression=grpc.Compression.Gzip) as channel:
                before = service.peak_resident_bytes()
                call = channel.unary_unary(f"/{TRACKS}/GetTrack")
                self.assert_fails(grpc.StatusCode.RESOURCE_EXHAUSTED, call, bytes(256 * MIB), timeout=60)
                self.assertLess(service.peak_resident_bytes() - before, 64 * MIB)

    def test_a_request_of_any_size_takes_bounded_memory(self):
        with programs.track_service("memory:") as service:
            with channel_to(service.port) as channel:
                before = service.peak_resident_bytes()
                call = channel.unary_unary(f"/{TRACKS}/GetTrack")
                self.assert_fails(grpc.StatusCode.RESOURCE_EXHAUSTED, call, bytes(512 * MIB), timeout=60)
                self.assertLess(service.peak_resident_bytes() - before, (450 if programs.SANITIZED else 320) * MIB)
                self.assertEqual(grpc_services.Health(channel).check(), "SERVING")

    def test_the_limit_can_be_set(self):
        with (
            programs.track_service("memory:", flags=["--max-receive-message-length=2048"]) as service,
            channel_to(service.port) as channel,
        ):
            large = self.request(description="x" * 2048)
            details = self.assert_fails(grpc.StatusCode.RESOURCE_EXHAUSTED, update, channel, large)
            self.assertIn("2048", details)
            update(channel, self.request())


class Connections(Case):
    def test_a_connection_that_is_old_is_replaced_without_a_failed_call(self):
        states = []
        with (
            programs.track_service("memory:", flags=["--max-connection-age=1", "--max-connection-age-grace=5"]) as service,
            channel_to(service.port) as channel,
        ):
            channel.subscribe(states.append)
            health = grpc_services.Health(channel)
            while states.count(grpc.ChannelConnectivity.READY) < 3:
                self.assertEqual(health.check(), "SERVING")


class Probes(Case):
    """The gateway's own health, for an orchestrator."""

    def ask(self, gateway):
        with rest.Rest(gateway.port) as client:
            return tuple(client.get(f"/healthz/{name}").status for name in ("live", "ready"))

    def ask_until(self, gateway, expected):
        while self.ask(gateway) != expected:  # the test's own time ends this
            pass

    def test_ready_follows_the_service_and_live_does_not(self):
        port = programs.free_port()
        with programs.gateway(port) as gateway:
            self.assertEqual(self.ask(gateway), (200, 503))
            with programs.track_service("memory:", port) as service:
                self.ask_until(gateway, (200, 200))
                service.process.send_signal(signal.SIGSTOP)
                try:
                    self.ask_until(gateway, (200, 503))
                finally:
                    service.process.send_signal(signal.SIGCONT)
                self.ask_until(gateway, (200, 200))
            self.ask_until(gateway, (200, 503))

    def test_not_ready_is_an_error_like_others(self):
        with programs.gateway(programs.free_port()) as gateway, rest.Rest(gateway.port) as client:
            reply = client.get("/healthz/ready")
            self.assertEqual(reply.status, 503)
            self.assertEqual(reply.document["error"]["name"], "ServiceUnavailableError")
            self.assertNotIn("127.0.0.1", reply.document["error"]["message"])

    def test_the_paths_can_be_moved(self):
        with (
            programs.gateway(programs.free_port(), "--health-path-prefix=/-/gateway") as gateway,
            rest.Rest(gateway.port) as client,
        ):
            self.assertEqual(client.get("/-/gateway/live").status, 200)
            self.assertEqual(client.get("/healthz/live").status, 404)


if __name__ == "__main__":
    runner.main()
