"""Tracks read and written over REST or gRPC, in one form: tracks are JSON documents, and None when they are absent.

A call whose outcome is unknown, or that the service could not take, raises NoAnswer; any other failure is an AssertionError.
"""

import http.client

import grpc

from soundcheck.v1 import tracks_pb2
from support import grpc_client, rest


class NoAnswer(Exception):
    """The write was done, or not: the service was away, too slow, or busy."""


class RestTracks:
    """One connection to the gateway, made anew when it breaks."""

    _NO_ANSWER = (429, 503, 504)

    def __init__(self, port):
        self._client = rest.Rest(port)

    def _call(self, method, track_id, expected, query="", document=None):
        try:
            reply = self._client.call(method, rest.track_path(track_id) + query, document)
        except (ConnectionError, TimeoutError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(repr(error)) from error
        if reply.status in self._NO_ANSWER:
            raise NoAnswer(reply.body.decode())
        if reply.status not in expected:
            raise AssertionError(f"{method} {track_id}: {reply.status} {reply.body!r}")
        return reply

    def get(self, track_id):
        reply = self._call("GET", track_id, (200, 404))
        return reply.document["track"] if reply.status == 200 else None

    def put(self, document):
        return self._call("PUT", document["id"], (200,), "?allowMissing=true", document).document["track"]

    def delete(self, track_id):
        self._call("DELETE", track_id, (204, 404))

    def close(self):
        self._client.connection.close()


class GrpcTracks:
    """The service itself, without a gateway that would try again. The client may be shared."""

    _NO_ANSWER = (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    )

    def __init__(self, client):
        self._client = client

    @staticmethod
    def _call(method, *arguments, none_when=grpc.StatusCode.NOT_FOUND):
        """The reply, or None when the call fails with that."""
        try:
            return method(*arguments)
        except grpc.RpcError as error:
            if error.code() is none_when:
                return None
            if error.code() in GrpcTracks._NO_ANSWER:
                raise NoAnswer(f"{error.code()}: {error.details()}") from error
            raise AssertionError(f"{error.code()}: {error.details()}") from error

    def get(self, track_id):
        reply = self._call(self._client.GetTrack, tracks_pb2.GetTrackRequest(track_id=track_id))
        return reply and grpc_client.to_document(reply.track)

    def get_tagged(self, track_id):
        """The track and its etag; None, None when it is absent."""
        request = tracks_pb2.GetTrackRequest(track_id=track_id)
        answer = self._call(self._client.call, "GetTrack", request)
        return (grpc_client.to_document(answer[0].track), answer[1]["etag"]) if answer else (None, None)

    @staticmethod
    def _update(document):
        return tracks_pb2.UpdateTrackRequest(
            track_id=document["id"], track=grpc_client.to_message(document), allow_missing=True
        )

    def put(self, document):
        return grpc_client.to_document(self._call(self._client.UpdateTrack, self._update(document)).track)

    def put_over(self, etag, document):
        """Puts it in the place of the version of this etag (None: of nothing). False when there is another one."""
        condition = ("if-match", etag) if etag else ("if-none-match", "*")
        call = self._client.call
        aborted = grpc.StatusCode.ABORTED
        return bool(self._call(call, "UpdateTrack", self._update(document), [condition], none_when=aborted))

    def delete(self, track_id):
        self._call(self._client.DeleteTrack, tracks_pb2.DeleteTrackRequest(track_id=track_id))

    def close(self):
        pass
