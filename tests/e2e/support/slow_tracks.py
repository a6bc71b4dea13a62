"""A track service that is not ours and takes its time, for tests of what happens meanwhile: Python's gRPC server.

    with SlowTracks() as service, programs.gateway(service.port) as gateway:
        …

GetTrack and UpdateTrack of the id "slow-MS" take so many milliseconds. ListTracks
replies with service.listed, a message, as it was at the first call.
"""

import concurrent.futures
import re
import threading

import grpc

from soundcheck.v1 import tracks_pb2

_SLOW = re.compile(r"slow-(\d+)")
_THREADS = 256
_REPLY_BYTES_MAX = 64 << 20


class SlowTracks(grpc.GenericRpcHandler):
    def __init__(self):
        self.listed = tracks_pb2.ListTracksResponse()
        self._encoded = None
        self.begun = threading.Semaphore(0)  # released by each call
        self.cancelled = threading.Semaphore(0)  # released by each that its caller has given up
        self._stopping = threading.Event()
        options = [("grpc.max_send_message_length", _REPLY_BYTES_MAX), ("grpc.so_reuseport", 0)]
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(_THREADS), options=options)
        self._server.add_generic_rpc_handlers([self])
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._methods = {
            "GetTrack": (self._get, tracks_pb2.GetTrackRequest),
            "UpdateTrack": (self._update, tracks_pb2.UpdateTrackRequest),
            "ListTracks": (self._list, tracks_pb2.ListTracksRequest),
        }

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._server.stop(0).wait()

    def service(self, details):
        service, name = details.method.strip("/").split("/")
        if service != "soundcheck.v1.TrackService" or name not in self._methods:
            return None  # UNIMPLEMENTED, health as well
        method, request = self._methods[name]
        return grpc.unary_unary_rpc_method_handler(
            lambda message, context: self._serve(method, message, context),
            request.FromString,
            lambda reply: reply if isinstance(reply, bytes) else reply.SerializeToString(),
        )

    def _serve(self, method, message, context):
        ended = threading.Event()
        context.add_callback(lambda: ended.is_set() or self.cancelled.release())
        self.begun.release()
        reply = method(message)
        ended.set()
        return reply

    def _list(self, _):
        """Encoded once, so that a long list does not keep the tests' own process busy."""
        if self._encoded is None:
            self._encoded = self.listed.SerializeToString()
        return self._encoded

    def _wait(self, track_id):
        match = _SLOW.fullmatch(track_id)
        if match:
            self._stopping.wait(int(match[1]) / 1000)

    def _get(self, request):
        self._wait(request.track_id)
        return tracks_pb2.GetTrackResponse(track=tracks_pb2.Track(id=request.track_id, name="Slow"))

    def _update(self, request):
        self._wait(request.track_id)
        return tracks_pb2.UpdateTrackResponse(track=request.track)
