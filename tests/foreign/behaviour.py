"""What must hold behind the gateway, whatever serves: mixins of test cases.

A class of tests says with backend() what the gateway is to call: a context with the port, and the servers behind it.
"""

import base64
import contextlib
import json
import time

from support import programs, rest

import traffic

DEADLINE_MS = 400
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LARGE_BYTES = 16_000_000  # a reply message may have 16 MiB
TOO_LARGE_BYTES = 17_000_000
STREAMS = 100  # what the servers allow on a connection
SLOW_CALLS = 2000
AGE_MS = 1000
AGE_SECONDS = 5
AGE_REQUESTS = 500
OUTAGE_SECONDS = 1.6  # README: a restart within about two seconds fails no GET and no PUT

# google.rpc.Code, and the status that README gives for it.
STATUSES = [
    (1, 499), (2, 500), (3, 400), (4, 504), (5, 404), (6, 409), (7, 403), (8, 429), (9, 400), (10, 409), (11, 400), (12, 501),
    (13, 500), (14, 503), (15, 500), (16, 401),
]  # fmt: skip

DETAILS = [
    {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "de", "message": "zu blau für Grün"},
    {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": "f", "description": "must be green"}],
    },
    {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.500s"},
]


class Gateway:
    """The real gateway, in front of ports."""

    path = descriptors = None  # from the command line

    @classmethod
    def before(cls, *ports, flags=()):
        return programs.Server(
            cls.path,
            "--listen=127.0.0.1:0",
            "--upstream=" + ",".join(f"127.0.0.1:{port}" for port in ports),
            f"--descriptors={cls.descriptors}",
            "--error-body=status",
            *flags,
        )


class Basics:
    """Calls, whatever is between the gateway and the server."""

    # May a reply have trailers beside grpc-status and grpc-message?
    trailers = True

    @contextlib.contextmanager
    def serve(self, *flags, gateway_flags=()):
        """A client of the gateway, the gateway, and the server."""
        with self.backend(*flags) as (port, server):
            with Gateway.before(port, flags=gateway_flags) as gateway, rest.Rest(gateway.port) as client:
                yield client, gateway, server

    def check_error(self, reply, *statuses):
        """It is JSON of ours with a message, and no page of a proxy or text of a library."""
        self.assertIn(reply.status, statuses, reply.body[:300])
        self.assertEqual(reply.headers["Content-Type"].split(";")[0], "application/json")
        self.assertTrue(reply.document["message"])
        self.assertNotIn(b"<", reply.body)
        self.assertNotIn(b"RST_STREAM", reply.body)

    def case_values_go_there_and_back(self):
        document = {
            "text": "ä€😀\u0000\n\"\\", "big": "-9223372036854775808", "real": 0.1, "data": "AP//", "list": ["", "x"],
            "map": {"one": 1, "": -2},
        }  # fmt: skip
        with self.serve() as (client, _, server):
            for method in ("PUT", "POST"):
                reply = client.call(method, "/v1/echo", document)
                self.assertEqual(reply.status, 200, reply.body[:300])
                self.assertEqual(reply.document, {"request": document, "server": server.name})
            reply = client.get("/v1/echo?text=%C3%A4%20b&big=9007199254740993&list=x&list=y&data=AP__")
            self.assertEqual(reply.document["request"], {"text": "ä b", "big": "9007199254740993", "list": ["x", "y"], "data": "AP//"})
            self.assertEqual(client.get("/v1/echo").document, {"request": {}, "server": server.name})

    def case_a_long_request_goes_there(self):
        document = {"text": LETTERS * 38_000}
        with self.serve() as (client, _, server):
            reply = client.put("/v1/echo", document)
            self.assertEqual((reply.status, reply.document), (200, {"request": document, "server": server.name}))

    def case_every_status_and_its_message_come_back(self):
        with self.serve() as (client, _, _):
            for code, status in STATUSES:
                message = f"100 % ä \"{code}\"\n\\ €"
                reply = client.post("/v1/fail", {"code": code, "message": message})
                self.assertEqual((reply.status, reply.document), (status, {"code": code, "message": message}))

    def case_details_come_back_as_json(self):
        with self.serve() as (client, _, _):
            reply = client.post("/v1/fail", {"code": 9, "message": "no", "details": DETAILS})
            self.assertEqual((reply.status, reply.document), (400, {"code": 9, "message": "no", "details": DETAILS}))

    def case_metadata_goes_both_ways(self):
        binary = bytes(range(256))
        sent = {
            "x-one": "blue, green", "x-two-bin": base64.b64encode(binary).decode(), "authorization": "Bearer abc",
            "x-request-id": "r1", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }  # fmt: skip
        headers = {("Grpc-Metadata-" + name if name in ("x-one", "x-two-bin") else name): value for name, value in sent.items()}
        document = {
            "header": "of a header", "headerBin": base64.b64encode(binary).decode(), "trailer": "of a trailer",
            "trailerBin": base64.b64encode(b"\0\xff").decode(),
        }  # fmt: skip
        with self.serve() as (client, _, _):
            reply = client.post("/v1/metadata", document, headers=headers)
        self.assertEqual(reply.status, 200, reply.body[:300])
        got = {entry["key"]: base64.b64decode(entry["value"]) for entry in reply.document["entries"]}
        for name, value in sent.items():
            self.assertEqual(got.get(name), binary if name.endswith("-bin") else value.encode(), name)
        expected = {"x-header": "header", "x-header-bin": "headerBin"}
        if self.trailers:
            expected |= {"x-trailer": "trailer", "x-trailer-bin": "trailerBin"}
        for name, member in expected.items():
            value = reply.headers[f"Grpc-Metadata-{name}"]
            self.assertIsNotNone(value, name)
            self.assertEqual(value.rstrip("="), document[member].rstrip("="), name)

    def case_a_deadline_is_504_and_the_server_sees_the_cancellation(self):
        with self.serve() as (client, _, server):
            begin = time.monotonic()
            reply = client.get("/v1/slow?ms=8000", headers={"Grpc-Timeout": f"{DEADLINE_MS}m"})
            self.assertLess(time.monotonic() - begin, 2)
            self.check_error(reply, 504)
            traffic.await_true(lambda: server.calls()[2] >= 1, "the server's call is cancelled")
            started, finished, cancelled = server.calls()
            self.assertEqual((finished, cancelled), (0, started))

    def case_the_gateways_own_deadline_is_504(self):
        with self.serve(gateway_flags=[f"--deadline-ms={DEADLINE_MS}"]) as (client, _, server):
            self.check_error(client.post("/v1/slow", {"ms": 8000}), 504)
            traffic.await_true(lambda: server.calls()[2] == 1, "the server's call is cancelled")
            self.assertEqual(client.post("/v1/slow", {"ms": 1}).status, 200)

    def case_the_server_sees_that_a_client_goes_away(self):
        with self.serve() as (client, gateway, server):
            leaver = traffic.Leaver(gateway.port, "/v1/slow?ms=8000")
            traffic.await_true(lambda: server.calls()[0] == 1, "the call arrives")
            leaver.leave()
            traffic.await_true(lambda: server.calls()[2] == 1, "the server's call is cancelled")
            self.assertEqual(client.get("/v1/echo").status, 200)

    def case_replies_of_16_mb_come_whole(self):
        with self.serve() as (client, _, _):
            for count in (LARGE_BYTES, 0, 65_535):
                reply = client.get(f"/v1/large?bytes={count}")
                self.assertEqual(reply.status, 200, reply.body[:300])
                text = reply.document.get("text", "")
                self.assertTrue(text == (LETTERS * (count // 26 + 1))[:count], f"{len(text)} bytes of {count}, or others")

    def case_a_reply_that_is_too_large_is_502(self):
        with self.serve() as (client, _, _):
            self.check_error(client.get(f"/v1/large?bytes={TOO_LARGE_BYTES}"), 502)
            self.assertEqual(client.get("/v1/echo").status, 200)


class Servers(Basics):
    """A foreign server right behind the gateway."""

    def check_compressed(self, name):
        if name not in self.kind.compressions:
            self.skipTest(f"the {self.kind.name} server cannot compress replies with {name}")
        count = 4_000_000
        with self.start(f"--compression={name}").listen() as server, traffic.Relay(server.port) as relay:
            with Gateway.before(relay.port) as gateway, rest.Rest(gateway.port) as client:
                reply = client.get(f"/v1/large?bytes={count}")
                self.assertEqual(reply.status, 200, reply.body[:300])
                self.assertTrue(reply.document["text"] == (LETTERS * (count // 26 + 1))[:count])
                self.assertLess(relay.bytes_back, count // 10)
                self.assertEqual(client.post("/v1/fail", {"code": 5, "message": "x"}).status, 404)
                self.check_error(client.get("/v1/large?bytes=50000000"), 502)
                self.assertEqual(client.get("/v1/echo?text=x").document["request"], {"text": "x"})

    def case_gzip_replies_are_inflated(self):
        self.check_compressed("gzip")

    def case_deflate_replies_are_inflated(self):
        self.check_compressed("deflate")

    def case_connections_that_grow_old_fail_no_request(self):
        echo = json.dumps({"text": "x"}).encode()
        kinds = [("GET", "/v1/echo?text=x", None), ("POST", "/v1/echo", echo), ("GET", "/v1/slow?ms=300", None),
                 ("POST", "/v1/slow", b'{"ms": 50}')]  # fmt: skip
        requests = [kinds[number % len(kinds)] for number in range(AGE_REQUESTS)]
        with self.serve(f"--max-age-ms={AGE_MS}") as (_, gateway, server):
            self.assertEqual(traffic.send_all(gateway.port, requests, AGE_REQUESTS / AGE_SECONDS), [])
            self.assertEqual(server.calls(), (AGE_REQUESTS // 2, AGE_REQUESTS // 2, 0))

    def check_restart(self, end, outage_seconds):
        port = programs.free_port()
        with self.start("--name=old").listen(port) as old, self.start("--name=new") as new:
            with Gateway.before(port) as gateway, traffic.Load(gateway.port) as load:
                load.await_successes(20)
                end(old)
                time.sleep(outage_seconds)
                new.listen(port)
                load.await_successes(20)
                self.assertEqual(load.failures, [])
                if old.process.poll() is None:
                    old.await_end()

    def case_a_restart_under_load_fails_no_get_and_no_put(self):
        self.check_restart(lambda server: server.ask_to_stop(), 0.5)

    def case_a_restart_that_takes_longer_fails_no_get_and_no_put(self):
        self.check_restart(lambda server: server.ask_to_stop(), OUTAGE_SECONDS)

    def case_a_kill_and_a_restart_fail_no_get_and_no_put(self):
        self.check_restart(lambda server: server.kill(), 0.5)

    def case_a_kill_and_a_longer_restart_fail_no_get_and_no_put(self):
        self.check_restart(lambda server: server.kill(), OUTAGE_SECONDS)

    def case_2000_slow_calls_at_once_succeed_though_a_connection_takes_100(self):
        requests = [("GET", "/v1/slow?ms=1000", None)] * SLOW_CALLS
        with self.serve(f"--max-streams={STREAMS}", gateway_flags=["--deadline-ms=60000"]) as (_, gateway, server):
            begin = time.monotonic()
            failures = traffic.send_all(gateway.port, requests)
            print(f"{SLOW_CALLS} calls of 1 s took {time.monotonic() - begin:.1f} s", flush=True)
            self.assertEqual(failures, [])
            self.assertEqual(server.calls(), (SLOW_CALLS, SLOW_CALLS, 0))

    def case_calls_go_to_the_replicas_that_are_serving(self):
        with self.start("--name=a").listen() as a, self.start("--name=b").listen() as b:
            with Gateway.before(a.port, b.port) as gateway, traffic.Load(gateway.port) as load:
                self.await_servers(gateway, {"a", "b"})
                for off, on in ((a, b), (b, a)):
                    on.set_health("SERVING")
                    off.set_health("NOT_SERVING")
                    self.await_servers(gateway, {"b" if on is b else "a"})
                a.set_health("SERVING")
                b.set_health("SERVING")
                self.await_servers(gateway, {"a", "b"})
                self.assertEqual(load.failures, [])
            with Gateway.before(a.port, b.port) as gateway, rest.Rest(gateway.port) as client:
                self.await_servers(gateway, {"a", "b"})
                a.set_health("NOT_SERVING")
                b.set_health("NOT_SERVING")
                traffic.await_true(lambda: client.get("/healthz/ready").status == 503, "no replica is ready")
                self.check_error(client.post("/v1/echo", {}), 503)
                b.set_health("SERVING")
                traffic.await_true(lambda: client.post("/v1/echo", {}).status == 200, "a replica is back")

    def await_servers(self, gateway, names):
        """Until of 20 calls in a row some go to each of these, and none elsewhere."""

        seen = set()

        def reached():
            seen.clear()
            with rest.Rest(gateway.port) as client:
                seen.update(client.get("/v1/echo").document.get("server") for _ in range(20))
            return seen == names

        try:
            traffic.await_true(reached, f"calls go to {sorted(names)}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the last went to {seen}") from None
