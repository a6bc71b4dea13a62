"""Clients that write without pause, whatever happens to the servers, and check that nothing acknowledged is ever lost.

    with Writers(rest_ports=[gateway.port], grpc_ports=[service.port]) as running:
        running.await_acknowledged(500)
        service.kill()
        service = programs.track_service(store, service.port)
        running.await_each()              # each has read its track again, and has written
    running.check(RestTracks(gateway.port))

Each writer has a track of its own. It reads it before each write: what the store lost shows before it is written over. Every
wait, and the end of the context, fails with what a writer has found.
"""

import itertools
import threading
import time

from support import history
from support.grpc_client import TrackService
from support.track_clients import GrpcTracks, NoAnswer, RestTracks

_WAIT_SECONDS = 120
_PAUSE_SECONDS = 0.02  # after a call that had no answer
_DELETE_EVERY = 6
_NEIGHBOUR_EVERY = 3


def _get(client, track_id, end):
    while True:
        try:
            return client.get(track_id)
        except NoAnswer:
            if time.monotonic() > end:
                raise
            time.sleep(_PAUSE_SECONDS)


class _Writer(threading.Thread):
    def __init__(self, client, track_id, neighbour_id, tell):
        super().__init__(daemon=True)
        self.client = client
        self.history = history.History(track_id)
        self.neighbour_id = neighbour_id
        self.rounds = 0  # reads followed by an acknowledged write
        self.unanswered = []
        self.error = None
        self._tell = tell
        self._stopping = threading.Event()

    def stop(self):
        self._stopping.set()

    def run(self):
        try:
            while not self._stopping.is_set():
                try:
                    self._round()
                    self._tell()
                except NoAnswer as error:
                    self.unanswered.append(str(error))
                    time.sleep(_PAUSE_SECONDS)
        except Exception as error:  # for the test's own thread
            self.error = error
            self._tell()
        finally:
            self.client.close()

    def _round(self):
        self.history.seen(self.client.get(self.history.track_id))
        state = self.history.next_state()
        if state % _NEIGHBOUR_EVERY == 0:  # whole, while its writer is at it
            history.state_of(self.neighbour_id, self.client.get(self.neighbour_id))
        if state % _DELETE_EVERY == 0:
            self.history.sent(history.ABSENT)
            self.client.delete(self.history.track_id)
            self.history.acknowledged(history.ABSENT)
        else:
            self.history.sent(state)
            document = history.document_of(self.history.track_id, state)
            track = self.client.put(document)
            self.history.acknowledged(state)
            history.require_same(track, document)
        self.rounds += 1


class Writers:
    """Writers that take turns among the ports: gateways over REST, and services over gRPC."""

    def __init__(self, rest_ports=(), grpc_ports=(), count=64):
        self._changed = threading.Condition()
        self._channels = [TrackService(port) for port in grpc_ports]
        clients = [lambda port=port: RestTracks(port) for port in rest_ports]
        clients += [lambda channel=channel: GrpcTracks(channel) for channel in self._channels]
        self._writers = [
            _Writer(client(), f"track-{number}", f"track-{(number + 1) % count}", self._tell)
            for number, client in zip(range(count), itertools.cycle(clients))
        ]

    def _tell(self):
        with self._changed:
            self._changed.notify_all()

    def __enter__(self):
        for writer in self._writers:
            writer.start()
        return self

    def __exit__(self, kind, *_):
        for writer in self._writers:
            writer.stop()
        for writer in self._writers:
            writer.join(_WAIT_SECONDS)
        for channel in self._channels:
            channel.channel.close()
        if kind is None:
            self._raise_errors()

    @property
    def acknowledged(self):
        return sum(writer.rounds for writer in self._writers)

    @property
    def unanswered(self):
        """What came instead of an answer, of all calls that had none."""
        return [error for writer in self._writers for error in writer.unanswered]

    def _raise_errors(self):
        for writer in self._writers:
            if writer.error:
                raise writer.error

    def _await(self, reached, what):
        end = time.monotonic() + _WAIT_SECONDS
        with self._changed:
            while not reached():
                self._raise_errors()
                if not self._changed.wait(end - time.monotonic()):
                    raise AssertionError(f"no {what} in {_WAIT_SECONDS} s; last calls: {self.unanswered[-5:]}")
        self._raise_errors()

    def await_acknowledged(self, count):
        """Until so many more writes were acknowledged."""
        wanted = self.acknowledged + count
        self._await(lambda: self.acknowledged >= wanted, f"{count} acknowledged writes")

    def await_each(self, count=1):
        """Until each writer has checked its track and then had a write acknowledged, so many times from its next read on."""
        wanted = [(writer, writer.rounds + 1 + count) for writer in self._writers]
        self._await(lambda: all(writer.rounds >= rounds for writer, rounds in wanted), "write of each writer")

    def check(self, client):
        """Every track is there as its writer knows it. For when they have stopped; waits until the client has its answers."""
        end = time.monotonic() + _WAIT_SECONDS
        for writer in self._writers:
            writer.history.seen(_get(client, writer.history.track_id, end))
