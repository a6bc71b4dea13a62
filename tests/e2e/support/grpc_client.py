"""track_service as a foreign client sees it: Python's gRPC, and messages that protoc generated."""

import os

import grpc
from google.protobuf import json_format, symbol_database

from soundcheck.v1 import tracks_pb2

# gRPC looks after a connection while a call is on it, and otherwise this often, instead of every 5 s. It reads this with the
# first channel.
os.environ.setdefault("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "50")

_DEADLINE_SECONDS = 60
_OPTIONS = [  # look for a server that was restarted at once, not after seconds
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
]


class TrackService:
    """One method for each RPC, such as UpdateTrack(request) -> response; grpc.RpcError when it fails."""

    def __init__(self, port, *options):
        """Clients share a connection unless their options are different."""
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", [*_OPTIONS, *options])
        self._calls = {}
        service = tracks_pb2.DESCRIPTOR.services_by_name["TrackService"]
        message_class = symbol_database.Default().GetPrototype
        for method in service.methods:
            self._add(
                f"/{service.full_name}/{method.name}",
                method.name,
                message_class(method.input_type).SerializeToString,
                message_class(method.output_type).FromString,
            )

    def _add(self, path, name, serialize, parse):
        call = self.channel.unary_unary(path, serialize, parse)
        setattr(self, name, lambda request: call(request, timeout=_DEADLINE_SECONDS))
        self._calls[name] = call

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def call(self, name, request, metadata=()):
        """The response, and its initial metadata as a dict."""
        response, call = self._calls[name].with_call(request, timeout=_DEADLINE_SECONDS, metadata=list(metadata))
        return response, dict(call.initial_metadata())

    def start(self, name, request):
        """The call, on its way: a future of its response that can be cancelled."""
        return self._calls[name].future(request, timeout=_DEADLINE_SECONDS)

    def call_bytes(self, path, request):
        """Any method, with a request and a reply that are bytes."""
        return self.channel.unary_unary(path)(request, timeout=_DEADLINE_SECONDS)


def to_message(document):
    """The Track that Python's own ProtoJSON reads from a document."""
    return json_format.ParseDict(document, tracks_pb2.Track())


def to_document(track):
    """A Track as Python's own ProtoJSON prints it, with the defaults of fields that have no presence."""
    return json_format.MessageToDict(track, including_default_value_fields=True)
