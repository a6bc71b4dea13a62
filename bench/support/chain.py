"""The chain under measurement: track_service, the gateway or the pass-through before it, the tracks in it, and the requests it gets.

    with chain.service(programs, "memory:") as service, chain.gateway(programs, service.address) as gateway:
        track_ids = chain.track_ids(connections)
        chain.create_tracks(gateway.address, document, track_ids)
        wrk.run(gateway.address, chain.requests("PUT", document, track_ids), …)

A run works on two tracks for each connection, and at least 16, so that no row is hot. Every PUT is a change: a track gets one of two
contents in turn, and all others get theirs in between. `programs` is the folder that they were built in.
"""

import http.client
import json
import os
import struct
import subprocess

from support import program

_TRACKS = "/api/soundcheck/tracks"
_CONTENTS = ("as it was", "as it is")


def _descriptors(programs):
    return f"--descriptors={programs}/protos/soundcheck/v1/tracks_descriptors.binpb"


def service(programs, uri):
    return program.Program([f"{programs}/service/track_service", "--listen=127.0.0.1:0", f"--store={uri}"])


def gateway(programs, upstream, *flags):
    return program.Program([
        f"{programs}/gateway/gateway", "--listen=127.0.0.1:0", f"--upstream={upstream}", _descriptors(programs),
        "--error-body=backstage", "--emit-defaults", *flags,
    ])


def thread_count():
    """How many threads, or loops, serve HTTP in a gateway that is not told."""
    return max(2, min(8, os.cpu_count()))


def pass_through(programs, upstream, put_messages):
    return program.Program([
        f"{programs}/bench/pass_through", f"--upstream={upstream}", f"--threads={thread_count()}", f"--put-messages={put_messages}",
    ])


def track_ids(connections):
    return [f"track-{number:03}" for number in range(max(16, 2 * connections))]


def _with_id(document, track_id, content):
    return document | {"id": track_id, "description": f"{document['description']} {content}"}


def json_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def requests(method, document, ids):
    if method == "GET":
        return [("GET", f"{_TRACKS}/{track_id}", "") for track_id in ids]
    return [
        ("PUT", f"{_TRACKS}/{track_id}", json_text(_with_id(document, track_id, content)))
        for content in _CONTENTS
        for track_id in ids
    ]


def write_put_messages(programs, document, ids, path):
    """What the gateway makes of the bodies of requests("PUT", …), in their order and as gRPC frames them, for pass_through."""
    command = [f"{programs}/gateway/transcode", _descriptors(programs), "--type=soundcheck.v1.UpdateTrackRequest"]
    with open(path, "wb") as file:
        for content in _CONTENTS:
            for track_id in ids:
                update = {"trackId": track_id, "track": _with_id(document, track_id, content)}
                message = subprocess.run(
                    [*command, "--from=json", "--to=binary"], input=json_text(update).encode(), stdout=subprocess.PIPE, check=True
                ).stdout
                file.write(struct.pack(">BI", 0, len(message)) + message)


def create_tracks(address, document, ids):
    connection = http.client.HTTPConnection(address, timeout=60)
    for track_id in ids:
        put_track(connection, document, track_id, "at first")
    connection.close()


def put_track(connection, document, track_id, content):
    """Raises an error when the answer is not 200."""
    body = json_text(_with_id(document, track_id, content)).encode()
    connection.request("PUT", f"{_TRACKS}/{track_id}?allowMissing=true", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read()
    if response.status != 200:
        raise RuntimeError(f"creating {track_id}: {response.status} {text!r}")
