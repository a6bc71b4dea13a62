"""A file system of a few megabytes that can be filled: a tmpfs, seen by the processes that are started into it.

    with SmallDisk(8 << 20) as disk:
        service = programs.track_service(f"sqlite:{disk.path}/tracks.db", prefix=disk.prefix)
        disk.fill()
        …
        disk.free()

Mounting needs root, or user namespaces; PermissionError when there is neither.
"""

import errno
import os
import pathlib
import subprocess
import tempfile

_BLOCK = bytes(4096)


class SmallDisk:
    def __init__(self, size):
        self._directory = tempfile.TemporaryDirectory()
        self.path = self._directory.name
        is_root = os.geteuid() == 0
        unshare = ["unshare", "--mount"] if is_root else ["unshare", "--user", "--map-root-user", "--mount"]
        mount = f'mount -t tmpfs -o size={size} tmpfs "$0" && echo mounted && read -r end'
        self._holder = subprocess.Popen(
            [*unshare, "sh", "-c", mount, self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if self._holder.stdout.readline() != b"mounted\n":
            self.__exit__()
            raise PermissionError("no tmpfs can be mounted")
        spaces = [f"--mount=/proc/{self._holder.pid}/ns/mnt"]
        if not is_root:
            spaces += [f"--user=/proc/{self._holder.pid}/ns/user", "--preserve-credentials"]
        self.prefix = ["nsenter", *spaces, f"--wd={os.getcwd()}"]
        self.seen_from_here = pathlib.Path(f"/proc/{self._holder.pid}/root{self.path}")
        self._filler = self.seen_from_here / "filler"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._holder.stdin.close()
        self._holder.wait()
        self._holder.stdout.close()
        self._directory.cleanup()

    def fill(self):
        """Takes every block that is left."""
        with open(self._filler, "ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(_BLOCK)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self):
        self._filler.unlink()
