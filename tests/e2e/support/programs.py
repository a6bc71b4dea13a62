"""The real programs, as they were built: the two servers, started on free ports of 127.0.0.1, and the command-line tools.

    with programs.track_service("memory:") as service, programs.gateway(service.port) as gateway:
        …
"""

import contextlib
import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import tempfile

DESCRIPTORS = "protos/soundcheck/v1/tracks_descriptors.binpb"
SANITIZED = "ASAN_OPTIONS" in os.environ or "TSAN_OPTIONS" in os.environ

_STOP_SECONDS = 60
_READY = re.compile(rb"(\w+): listening on (?:127\.0\.0\.1:(\d+)|unix:.+)\n")
_GATEWAY = os.environ.get("GATEWAY") or "gateway/gateway"  # another build of it can be tried


class Server:
    """A running server, ready for calls. Leaving its context stops it, and fails when it did not end well.

    It has this process's environment without what is there for our own gRPC clients.
    """

    def __init__(self, path, *flags, prefix=()):
        self.name = os.path.basename(path)
        self._log = tempfile.TemporaryFile()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
        self.process = subprocess.Popen(
            [*prefix, path, *flags], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log
        )
        line = self.process.stdout.readline()
        ready = _READY.fullmatch(line)
        if not ready or ready[1].decode() != self.name:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} printed {line!r} and logged:\n{self.log()}")
        self.port = int(ready[2]) if ready[2] else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.stop()

    def log(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def peak_resident_bytes(self):
        """The most that it has ever had."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def open_files(self):
        """How many descriptors it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @contextlib.contextmanager
    def paused(self):
        """SIGSTOP, and SIGCONT at the end. What arrives in between waits in the kernel."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)  # all of its threads stand still
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def terminate(self):
        """Asks it to end, and does not wait."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """SIGTERM: it ends with 0, and all that it logged is JSON."""
        self.terminate()
        self.wait()

    def wait(self):
        try:
            status = self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} ignored SIGTERM; it logged:\n{self.log()}") from None
        finally:
            self.process.stdout.close()
        log = self.log()
        if status != 0:
            raise AssertionError(f"{self.name} ended with {status}; it logged:\n{log}")
        for line in log.splitlines():
            if not isinstance(_json(line), dict):
                raise AssertionError(f"{self.name} logged a line that is no JSON object: {line!r}")

    def kill(self):
        """SIGKILL, while it runs."""
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} had ended with {self.process.returncode}; it logged:\n{self.log()}")
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def allow_files(count):
    """So many descriptors of this process, and of those that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))


def free_port():
    """A port for a server that is to be started again on it: none that the kernel gives to those who ask for any."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def track_service(store, port=0, flags=(), prefix=()):
    """The prefix is a command that runs it, such as nsenter."""
    return Server("service/track_service", f"--listen=127.0.0.1:{port}", f"--store={store}", *flags, prefix=prefix)


def gateway_command(upstream_port, *flags, listen="127.0.0.1:0", error_body="backstage", descriptors=DESCRIPTORS):
    return [
        _GATEWAY,
        f"--listen={listen}",
        f"--upstream=127.0.0.1:{upstream_port}",
        f"--descriptors={descriptors}",
        f"--error-body={error_body}",
        "--emit-defaults",
        *flags,
    ]


def gateway(upstream_port, *flags, prefix=(), **kwargs):
    """The prefix is a command that runs it, such as prlimit."""
    return Server(*gateway_command(upstream_port, *flags, **kwargs), prefix=prefix)


def run(path, *flags, stdin=b""):
    """Runs a program that ends by itself: its CompletedProcess, with stdout and stderr as bytes."""
    return subprocess.run([path, *flags], input=stdin, capture_output=True, timeout=60, check=False)
