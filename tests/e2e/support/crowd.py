"""Many clients at work at once, each in a thread of its own, until they are told to stop.

    with Crowd([Member(…), …]) as crowd:
        crowd.await_acknowledged(500)

Every wait, and the end of the context, fails with what a member has found.
"""

import threading
import time

from support.track_clients import NoAnswer

WAIT_SECONDS = 120
PAUSE_SECONDS = 0.02  # after a call that had no answer


class Member(threading.Thread):
    """Calls round() again and again. A round reads what it is about to change, and ends with an acknowledged write."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client = client
        self.rounds = 0
        self.unanswered = []
        self.error = None
        self.tell = None
        self._stopping = threading.Event()

    def stop(self):
        self._stopping.set()

    def run(self):
        try:
            while not self._stopping.is_set():
                try:
                    self.round()
                    self.rounds += 1
                    self.tell()
                except NoAnswer as error:
                    self.unanswered.append(str(error))
                    self.tell()
                    time.sleep(PAUSE_SECONDS)
        except Exception as error:  # for the test's own thread
            self.error = error
            self.tell()
        finally:
            self.client.close()


class Crowd:
    def __init__(self, members):
        self._members = members
        self._changed = threading.Condition()

    def _tell(self):
        with self._changed:
            self._changed.notify_all()

    def __enter__(self):
        for member in self._members:
            member.tell = self._tell
            member.start()
        return self

    def __exit__(self, kind, *_):
        for member in self._members:
            member.stop()
        for member in self._members:
            member.join(WAIT_SECONDS)
        if kind is None:
            self._raise_errors()

    @property
    def acknowledged(self):
        return sum(member.rounds for member in self._members)

    @property
    def unanswered(self):
        """What came instead of an answer, of all calls that had none."""
        return [error for member in self._members for error in member.unanswered]

    def _raise_errors(self):
        for member in self._members:
            if member.error:
                raise member.error

    def _await(self, reached, what):
        end = time.monotonic() + WAIT_SECONDS
        with self._changed:
            while not reached():
                self._raise_errors()
                if not self._changed.wait(end - time.monotonic()):
                    raise AssertionError(f"no {what} in {WAIT_SECONDS} s; last calls: {self.unanswered[-5:]}")
        self._raise_errors()

    def await_acknowledged(self, count):
        """Until so many more writes were acknowledged."""
        wanted = self.acknowledged + count
        self._await(lambda: self.acknowledged >= wanted, f"{count} acknowledged writes")

    def await_unanswered(self, count):
        """Until so many more calls had no answer."""
        wanted = len(self.unanswered) + count
        self._await(lambda: len(self.unanswered) >= wanted, f"{count} calls without an answer")

    def await_each(self, count=1):
        """Until each member has read and then had a write acknowledged, so many times from its next read on."""
        wanted = [(member, member.rounds + 1 + count) for member in self._members]
        self._await(lambda: all(member.rounds >= rounds for member, rounds in wanted), "write of each member")
