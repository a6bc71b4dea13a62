"""The load benchmark, on runs that are as short as can be: what it prints for programs, what it refuses, and that it leaves nothing.

The figures mean nothing here."""

import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile

from support import runner

LIMITS = {"http_echo_rps", "grpc_echo_rps", "ideal_chain_rps", "fsync_per_s", "pass_through_rps", "pass_through_cpu_us"}
RUN = {
    "store", "method", "document", "connections", "rps", "p50_ms", "p99_ms", "gateway_cpu_s_per_1000", "service_cpu_s_per_1000",
    "gateway_rss_mb", "service_rss_mb", "errors",
}  # fmt: skip
COMPARED = {"rps", "p50_ms", "p99_ms", "cpu_us", "errors", "rss_mb"}
RATIOS = {"rps_new_old", "cpu_new_old", "p50_new_old", "rps_new_limit", "cpu_new_limit"}
IDLE = {"start_ms", "first_answer_ms", "started_mb", "connections_mb", "idle_mb", "idle_closed"}


def command(*options):
    return ["/usr/bin/python3", "-B", "bench/load.py", "--programs=.", "--seconds=1", "--only=track_small", *options]


def children(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def await_end(pid):
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([process], [], [], 60)
    os.close(process)
    if not ended:
        raise AssertionError(f"process {pid} goes on")


class Bench(runner.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def _run(self, *options):
        return subprocess.run(command(f"--folder={self.folder}", *options), capture_output=True, text=True, timeout=200)

    def test_last_line_is_an_object_with_every_figure(self):
        done = self._run("--stores=memory,sqlite", "--methods=PUT", "--connections=2", "--memory-course")
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(set(figures), {"limits", "runs"})
        self.assertEqual(set(figures["limits"]), LIMITS)
        self.assertGreater(min(figures["limits"].values()), 0)
        self.assertEqual([run["store"] for run in figures["runs"]], ["memory", "sqlite"])
        for run in figures["runs"]:
            self.assertEqual(set(run), RUN | {"memory_course_mb"})
            self.assertGreater(run["rps"], 0)
            self.assertEqual(run["errors"], 0)
            self.assertEqual([len(course) for course in run["memory_course_mb"].values()], [3, 3])
        self.assertEqual(os.listdir(self.folder), [])

    def test_gateways_and_the_pass_through_are_compared_without_errors(self):
        done = self._run("--against=.", "--connections=2", "--rounds=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout.splitlines()[-1])["comparison"]
        self.assertEqual([row["method"] for row in rows], ["GET", "PUT"])
        for row in rows:
            self.assertEqual(set(row["ratios"]), RATIOS)
            self.assertGreater(min(row["ratios"].values()), 0)
            self.assertEqual(set(row["programs"]), {"old", "new", "limit"})
            for figures in row["programs"].values():
                self.assertEqual(set(figures), COMPARED)
                self.assertGreater(figures["rps"], 0)
                self.assertEqual(figures["errors"], 0)
        self.assertEqual(os.listdir(self.folder), [])

    def test_idle_connections_stay_open_and_are_weighed(self):
        options = ["--programs=.", "--against=.", f"--folder={self.folder}", "--connections=20", "--rounds=1", "--seconds=1"]
        done = subprocess.run(
            ["/usr/bin/python3", "-B", "bench/idle.py", *options], capture_output=True, text=True, timeout=200
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        gateways = json.loads(done.stdout.splitlines()[-1])["gateways"]
        self.assertEqual(set(gateways), {"new", "old"})
        for figures in gateways.values():
            self.assertEqual(set(figures), IDLE)
            self.assertEqual(figures["idle_closed"], 0)
            self.assertGreater(figures["idle_mb"], 0)
            self.assertGreater(figures["start_ms"], 0)
        self.assertEqual(os.listdir(self.folder), [])

    @runner.table([("store", "--stores=nothing"), ("method", "--methods=HEAD"), ("document", "--only=me"), ("option", "--fast")])
    def unknown_is_refused(self, option):
        done = self._run(option)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        self.assertIn(option.rpartition("=")[2], done.stderr)

    def test_sigterm_ends_what_was_started(self):
        options = [f"--folder={self.folder}", "--stores=sqlite", "--methods=PUT", "--connections=" + ",".join("1" * 100)]
        with subprocess.Popen(command(*options), stdout=subprocess.PIPE, text=True) as bench:
            rows = 0
            while rows < 3:  # heading, rule, and the first run
                line = bench.stdout.readline()
                self.assertNotEqual(line, "")
                rows += line.startswith("|")
            started = []
            while not started:
                started = children(bench.pid)
            bench.send_signal(signal.SIGTERM)
            bench.communicate(timeout=60)
        self.assertEqual(bench.returncode, 128 + signal.SIGTERM)
        for pid in started:
            await_end(pid)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    runner.main()
