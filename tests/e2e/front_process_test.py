"""The process: few descriptors, little memory, a log that nobody reads, and metadata that must not end it."""

import fcntl
import json
import os
import pathlib
import subprocess
import time

from soundcheck.v1 import tracks_pb2
from support import documents, programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient
from support.slow_tracks import SlowTracks

TARGET = rest.track_path("t")
BODY = json.dumps(documents.minimal("t")).encode()
GET = raw_http.request("GET", TARGET)
LIVE = raw_http.request("GET", "/healthz/live")
LIST = raw_http.request("GET", rest.TRACKS)
PUT = raw_http.json_request("PUT", TARGET, BODY)
PIPE_BYTES = 4096
LOGGED = 1000
ADDRESS_SPACE = 200 << 20
WITH_ALL_CLOSED = 'exec "$0" "$@" <&- >&- 2>&-'


class Case(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(SlowTracks())
        cls.service.listed.tracks.extend([tracks_pb2.Track(id="large", description="x" * 60_000)] * 150)

    def start(self, *flags, **kwargs):
        return self.enterContext(programs.gateway(self.service.port, *flags, **kwargs))

    def connect(self, gateway):
        return self.enterContext(RawClient(gateway.port))

    def status(self, gateway, data=LIVE, timeout=5):
        with RawClient(gateway.port, timeout) as client:
            client.send(data)
            answer = client.read_final()
            return answer and answer.status


class Scarcity(Case):
    def test_with_few_descriptors_nothing_is_lost_when_there_are_more_clients(self):
        gateway = self.start(prefix=["prlimit", "--nofile=64:64"])
        for _ in range(3):
            clients = [RawClient(gateway.port, 5) for _ in range(200)]
            for client in clients:
                client.send(GET)
            time.sleep(0.5)
            for client in clients:
                client.close()
            give_up = time.monotonic() + 5
            while time.monotonic() < give_up:
                try:
                    if self.status(gateway, GET) == 200:
                        break
                except (ConnectionResetError, TimeoutError):
                    pass
            self.assertEqual(self.status(gateway, GET), 200)
        self.assertLessEqual(gateway.open_files(), 64)
        spent = _cpu_seconds(gateway)
        time.sleep(0.5)
        self.assertLess(_cpu_seconds(gateway) - spent, 0.25)  # it does not spin

    @runner.unittest.skipIf(programs.SANITIZED, "sanitizers take terabytes of address space")
    def test_with_little_memory_it_neither_hangs_nor_ends(self):
        gateway = self.start("--http-threads=2", prefix=["prlimit", f"--as={ADDRESS_SPACE}"])
        unfinished = raw_http.json_request("PUT", TARGET, BODY.ljust(1 << 20))[:-1000]
        for _ in range(3):
            clients = [RawClient(gateway.port, 5, receive_bytes=4096) for _ in range(150)]
            for number, client in enumerate(clients):
                client.send_meanwhile(LIST if number % 3 == 0 else unfinished)
            time.sleep(1)
            self.assertIsNone(gateway.process.poll(), gateway.log())
            for client in clients:
                client.reset()
            give_up = time.monotonic() + 5
            while self.status(gateway, GET) != 200 and time.monotonic() < give_up:
                time.sleep(0.05)
            self.assertEqual(self.status(gateway, GET), 200)
        self.assertEqual(self.status(gateway, PUT), 200)


def _cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Descriptors(Case):
    """Started without some of descriptors 0 to 2: no socket or file takes their place."""

    def standard(self, pid):
        links = {number: pathlib.Path(f"/proc/{pid}/fd/{number}") for number in range(3)}
        return {number: os.readlink(link) for number, link in links.items() if link.is_symlink()}

    @runner.table([("stdin", "<&-", [0]), ("stderr", "2>&-", [2]), ("stdin_and_stderr", "<&- 2>&-", [0, 2])])
    def serves_without(self, closed, numbers):
        gateway = self.start(prefix=["sh", "-c", f'exec "$0" "$@" {closed}'])
        with RawClient(gateway.port) as client:
            client.send(GET + b"?\r\n\r\n")
            self.assertEqual(client.read_answer().status, 200)
            refusals.check_last(self, client, {400})
        standard = self.standard(gateway.process.pid)
        self.assertLessEqual({standard.get(number, "/dev/null") for number in numbers}, {"/dev/null"})

    def test_serves_without_all_three(self):
        port = programs.free_port()
        command = programs.gateway_command(self.service.port, listen=f"127.0.0.1:{port}")
        process = subprocess.Popen(["sh", "-c", WITH_ALL_CLOSED, *command])
        try:
            give_up = time.monotonic() + 20
            while True:
                try:
                    with RawClient(port) as client:
                        client.send(GET)
                        self.assertEqual(client.read_answer().status, 200)
                    break
                except ConnectionRefusedError:
                    self.assertIsNone(process.poll())
                    self.assertLess(time.monotonic(), give_up)
                    time.sleep(0.02)
            self.assertLessEqual(set(self.standard(process.pid).values()), {"/dev/null"})
            process.terminate()
            self.assertEqual(process.wait(10), 0)
        finally:
            process.kill()
            process.wait()


class Log(Case):
    def test_a_log_that_nobody_reads_stops_neither_service_nor_end(self):
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        command = programs.gateway_command(1, "--log-level=debug", "--deadline-ms=100", "--http-threads=2")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writing)
        os.close(writing)
        try:
            port = int(process.stdout.readline().rpartition(b":")[2])
            for number in range(LOGGED):
                with RawClient(port, 5) as client:
                    client.send(raw_http.request("GET", TARGET + f"?a={number}" if number % 2 else TARGET, "Connection: close"))
                    self.assertIn(client.read_answer().status, (400, 503, 504))
            with RawClient(port, 5) as client:
                client.send(LIVE)
                self.assertEqual(client.read_answer().status, 200)
            began = time.monotonic()
            process.terminate()
            self.assertEqual(process.wait(10), 0)
            self.assertLess(time.monotonic() - began, 6)
            with open(reading, "rb", closefd=False) as pipe:
                for line in pipe.read().splitlines()[:-1]:
                    self.assertIsInstance(json.loads(line), dict)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            os.close(reading)

    def test_a_log_whose_reader_has_gone_ends_nothing(self):
        reading, writing = os.pipe()
        command = programs.gateway_command(1, "--log-level=debug", "--deadline-ms=100")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writing)
        os.close(writing)
        try:
            port = int(process.stdout.readline().rpartition(b":")[2])
            os.close(reading)
            for _ in range(20):
                with RawClient(port, 5) as client:
                    client.send(GET)
                    self.assertIn(client.read_answer().status, (503, 504))
            process.terminate()
            self.assertEqual(process.wait(10), 0)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    @runner.table([("a_nanosecond", "1n"), ("a_microsecond", "1u"), ("50_milliseconds", "50m")])
    def a_deadline_that_the_client_has_set_is_no_error_of_ours(self, timeout):
        gateway = self.start()
        self.assertEqual(self.status(gateway, GET), 200)
        for _ in range(20):
            with RawClient(gateway.port) as client:
                client.send(raw_http.request("GET", rest.track_path("slow-1000"), f"Grpc-Timeout: {timeout}"))
                self.assertEqual(client.read_answer().status, 504)
        levels = {json.loads(line)["level"] for line in gateway.log().splitlines()}
        self.assertLessEqual(levels, {"info", "debug"})


class Metadata(Case):
    NAMES = [
        *("grpclb_client_stats", "Grpclb_Client_Stats", "lb-token", "lb-cost-bin", "endpoint-load-metrics-bin"),
        *("grpc-previous-rpc-attempts", "grpc-encoding", "grpc-timeout", "grpc-status", "content-type", "te", "host"),
        *("connection", "transfer-encoding", "content-length", "user-agent", ""),
    ]

    def test_no_name_ends_the_process(self):
        gateway = self.start()
        for name in self.NAMES:
            for value in ("x", "", "AAAA", "=", "x" * 6000):
                request = raw_http.request("GET", TARGET, f"Grpc-Metadata-{name}: {value}")
                self.assertIn(self.status(gateway, request), (200, 400, 431), name)
                self.assertEqual(self.status(gateway, GET), 200, name)
                self.assertIsNone(gateway.process.poll())

    def test_what_has_a_field_of_its_own_cannot_be_set_as_metadata(self):
        gateway = self.start()
        for name in ("Authorization", "If-Match", "if-none-match", "TRACEPARENT", "tracestate", "X-Request-Id"):
            client = self.connect(gateway)
            client.send(raw_http.request("GET", TARGET, f"Grpc-Metadata-{name}: x"))
            answer = client.read_answer()
            self.assertEqual(answer.status, 400, name)
            refusals.check_body(self, answer)


if __name__ == "__main__":
    programs.allow_files(4000)
    runner.main()
