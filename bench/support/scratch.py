"""A folder for the time of a run. It goes, and what was started is stopped, also on an interrupt and on SIGTERM."""

import contextlib
import os
import signal
import sys
import tempfile


def _leave(*_):
    sys.exit(128 + signal.SIGTERM)


@contextlib.contextmanager
def folder(parent):
    signal.signal(signal.SIGTERM, _leave)
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix="bench-") as path:
        os.chmod(path, 0o755)  # PostgreSQL, which is another user, has its own below it
        yield path
