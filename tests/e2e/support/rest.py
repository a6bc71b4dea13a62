"""A REST client that sends exactly what it is told to."""

import http.client
import json
import urllib.parse

from support import json_value

TRACKS = "/api/soundcheck/tracks"


def track_path(track_id):
    return f"{TRACKS}/{urllib.parse.quote(track_id, safe='')}"


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def document(self):
        return json_value.parse(self.body)


class Rest:
    """One connection, kept open between calls for as long as the server lets it."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def call(self, method, path, document=None, body=None, headers=None):
        """Sends the document as JSON, or the body (bytes, or an iterable of them: chunks) as it is."""
        headers = dict(headers or {})
        if document is not None:
            body = json.dumps(document).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            self.connection.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # a server may answer before it has read all
        return Reply(self.connection.getresponse())

    def get(self, path, **kwargs):
        return self.call("GET", path, **kwargs)

    def put(self, path, document=None, **kwargs):
        return self.call("PUT", path, document, **kwargs)

    def post(self, path, document=None, **kwargs):
        return self.call("POST", path, document, **kwargs)

    def delete(self, path, **kwargs):
        return self.call("DELETE", path, **kwargs)
