"""A program under measurement: started, ready, observed through /proc, stopped.

    with program.Program([path, "--listen=127.0.0.1:0"]) as server:
        before = server.cpu_seconds()
        …
"""

import os
import re
import signal
import subprocess
import tempfile

_READY = re.compile(rb"\w+: listening on (127\.0\.0\.1:\d+)\n")
_STOP_SECONDS = 30
_ENDING_WITH_US = ["setpriv", "--pdeathsig=TERM", "--"]  # however we end


class CannotStart(Exception):
    """The program ended, or said something else, instead of listening; the text is what it wrote to stderr."""


class Program:
    """Listens on `address` from the start on. Leaving its context stops it."""

    def __init__(self, command, **options):
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*_ENDING_WITH_US, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, **options
        )
        try:
            ready = _READY.fullmatch(self._process.stdout.readline())
            if not ready:
                raise CannotStart(self._logged())
        except BaseException:  # an interrupt, too
            self.stop()
            raise
        self.address = ready[1].decode()
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """SIGTERM, and SIGKILL if that is not obeyed."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def cpu_seconds(self):
        """User and system time of all its threads so far."""
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()  # the name in the parentheses may hold anything
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self):
        """What is resident at this moment."""
        return self._status_mb("VmRSS")

    def peak_memory_mb(self):
        """The most that was resident at once."""
        return self._status_mb("VmHWM")

    def _status_mb(self, name):
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"^{name}:\s+(\d+) kB", status.read(), re.MULTILINE)[1]) * 1024 / 1e6

    def _logged(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip()
