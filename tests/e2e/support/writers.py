"""Clients that write without pause, whatever happens to the servers, and check that nothing acknowledged is ever lost.

    with Writers(rest_ports=[gateway.port], grpc_ports=[service.port]) as writers:
        writers.await_acknowledged(500)
        service.kill()
        service = programs.track_service(store, service.port)
        writers.await_each()              # each has read its track again, and has written
    writers.check(RestTracks(gateway.port))

Most have a track of their own each, and read it before they write: what the store lost shows before it is written over. Some,
over gRPC, count in tracks that they share, each write on condition that nobody else has written since it was read.
"""

import itertools
import time

from support import documents, history
from support.crowd import PAUSE_SECONDS, WAIT_SECONDS, Crowd, Member
from support.grpc_client import TrackService
from support.track_clients import GrpcTracks, NoAnswer, RestTracks

_DELETE_EVERY = 6
_NEIGHBOUR_EVERY = 3
_COUNTERS = 4  # of the members that write over gRPC
_COUNTED_TRACKS = 2


class _Writer(Member):
    def __init__(self, client, track_id, neighbour_id):
        super().__init__(client)
        self._history = history.History(track_id)
        self._neighbour_id = neighbour_id

    def round(self):
        track_id = self._history.track_id
        self._history.seen(self.client.get(track_id))
        state = self._history.next_state()
        if state % _NEIGHBOUR_EVERY == 0:  # whole, while its writer is at it
            history.state_of(self._neighbour_id, self.client.get(self._neighbour_id))
        if state % _DELETE_EVERY == 0:
            self._history.sent(history.ABSENT)
            self.client.delete(track_id)
            self._history.acknowledged(history.ABSENT)
        else:
            self._history.sent(state)
            document = history.document_of(track_id, state)
            track = self.client.put(document)
            self._history.acknowledged(state)
            history.require_same(track, document)

    def check(self, get):
        self._history.seen(get(self._history.track_id))


class _Counter(Member):
    """Adds one to its own number in a track that others count in as well: an update that is lost takes a number back."""

    def __init__(self, client, track_id, name):
        super().__init__(client)
        self._track_id = track_id
        self._name = name
        self._least = 0  # what was acknowledged, or seen
        self._most = 0  # all that was sent and not refused: what had no answer may be done late

    def round(self):
        while not self._add():
            pass

    def _add(self):
        track, etag = self.client.get_tagged(self._track_id)
        counts = self._counts(track)
        counts[self._name] = counts.get(self._name, 0) + 1
        self._most += 1
        done = self.client.put_over(etag, documents.minimal(self._track_id) | {"milestones": [counts]})
        if done:
            self._least = counts[self._name]
        else:
            self._most -= 1
        return done

    def _counts(self, track):
        counts = track["milestones"][0] if track else {}
        count = counts.get(self._name, 0)
        if not self._least <= count <= self._most:
            raise history.Lost(f"{self._name} of {self._track_id}: {count}, expected {self._least} to {self._most}")
        self._least = count
        return counts

    def check(self, get):
        self._counts(get(self._track_id))


def _members(clients, counting_clients, count, name):
    for number, client in zip(range(_COUNTERS if counting_clients else 0), itertools.cycle(counting_clients)):
        yield _Counter(client(), f"{name}-counted-{number % _COUNTED_TRACKS}", f"counter-{number}")
        count -= 1
    for number, client in zip(range(count), itertools.cycle(clients)):
        yield _Writer(client(), f"{name}-{number}", f"{name}-{(number + 1) % count}")


class Writers(Crowd):
    """They take turns among the ports: gateways over REST, and services over gRPC. Their tracks are NAME-0, NAME-1, …"""

    def __init__(self, rest_ports=(), grpc_ports=(), count=64, name="track"):
        self._services = [TrackService(port) for port in grpc_ports]
        grpc_clients = [lambda service=service: GrpcTracks(service) for service in self._services]
        rest_clients = [lambda port=port: RestTracks(port) for port in rest_ports]
        super().__init__(list(_members(rest_clients + grpc_clients, grpc_clients, count, name)))

    def __exit__(self, *error):
        try:
            super().__exit__(*error)
        finally:
            for service in self._services:
                service.channel.close()

    def check(self, client):
        """Every track is there as its writer knows it. For when they have stopped; waits until the client has its answers."""
        end = time.monotonic() + WAIT_SECONDS

        def get(track_id):
            while True:
                try:
                    return client.get(track_id)
                except NoAnswer:
                    if time.monotonic() > end:
                        raise
                    time.sleep(PAUSE_SECONDS)

        for member in self._members:
            member.check(get)
