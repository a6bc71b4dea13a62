"""The table of the HTTP/1.1 reader, and the seeds of its fuzzer, read by Go's net/http server and by Python's h11 too.

What ours takes they may refuse, but not both of them; and what they take they must read as ours does. What ours refuses they may take.
"""

import glob
import json
import os
import shutil
import subprocess
import unittest

from support import runner

try:
    import h11
except ImportError:
    h11 = None

HERE = "tests/web/http1/"
GO = shutil.which("go") or shutil.which("/usr/local/go/bin/go")

# Fields that Go's server takes out of the header section, and tells elsewhere.
TAKEN_OUT = {"host", "transfer-encoding", "trailer"}

# What ours takes and both refuse: an empty line before a request, which RFC 9112 2.2 asks servers to skip; llhttp does.
KNOWN_REFUSALS = {
    "empty_line_between_requests",
    "four_empty_lines_first",
    "tests/fuzz/corpus/http1_reader/empty_lines_first.http",
}


def expected_of(reader, ours, theirs):
    """The request as the other reader is expected to tell it: as ours does, with two exceptions."""
    if ours["method"] == "CONNECT":
        return ours | {"close": theirs["close"]}  # what comes behind CONNECT ours does not read, be there a tunnel or not
    if reader == "h11" and ours["version"] == "HTTP/1.0":
        return ours | {"close": True}  # h11 keeps no connection of HTTP/1.0
    return ours


def inputs():
    """Name and bytes of each case, and of each seed of the fuzzer."""
    found = {}
    for line in subprocess.run([HERE + "read_http1", "--cases"], check=True, capture_output=True, text=True).stdout.splitlines():
        name, _, text = line.split(" ")
        found[name] = bytes.fromhex(text.strip("-"))
    for path in sorted(glob.glob("tests/fuzz/corpus/http1_reader/*")):
        with open(path, "rb") as file:
            found[path] = file.read()
    return found


def by_name(fields):
    """Values by lower-case name, in order, without the fields that Go takes out."""
    grouped = {}
    for name, value in fields:
        if name.lower() not in TAKEN_OUT:
            grouped.setdefault(name.lower(), []).append(value)
    return grouped


def request(method, target, version, fields, body, trailers, close):
    return {
        "method": method,
        "target": target,
        "version": version,
        "fields": by_name(fields),
        "body": body,
        "trailers": by_name(trailers),
        "close": close,
    }


def filtered(command, connections):
    """The lines that a program makes of the connections, one a line."""
    text = "".join(connection.hex() + "\n" for connection in connections)
    done = subprocess.run(command, input=text, check=True, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(connections), f"{command}: {len(lines)} lines for {len(connections)} connections"
    return lines


def take_line(text):
    line, _, rest = text.partition(b"\n")
    return line.decode("latin-1"), rest


def parse_transcript(text):
    """The complete requests of a transcript (see http1_transcript.h)."""
    requests, head, fields, trailers, body = [], None, [], [], b""
    while text:
        if text.startswith(b"body "):
            _, length, rest = text.split(b" ", 2)
            body, text = rest[: int(length)], rest[int(length) + 1 :]
            continue
        line, text = take_line(text)
        word, _, rest = line.partition(" ")
        if word == "request":
            head, fields, trailers, body = rest.split(" "), [], [], b""
        elif word in ("field", "trailer"):
            (fields if word == "field" else trailers).append(tuple(rest.split(": ", 1)))
        elif word == "end":
            requests.append(request(*head, fields, body.hex(), trailers, rest == "close"))
    return requests


def read_ours(connections):
    return [parse_transcript(bytes.fromhex(line)) for line in filtered([HERE + "read_http1", "--common"], connections)]


def pairs(grouped):
    return [(name, value) for name, values in grouped.items() for value in values]


def read_go(connections):
    folder = os.environ["TEST_TMPDIR"]
    environment = os.environ | {"GOCACHE": folder + "/cache", "GOPATH": folder + "/path", "GO111MODULE": "off", "CGO_ENABLED": "0"}
    program = folder + "/http1_readers"
    subprocess.run([GO, "build", "-o", program, HERE + "http1_readers.go"], check=True, env=environment)
    return [
        [
            request(r["Method"], r["Target"], r["Version"], pairs(r["Fields"]), r["Body"], pairs(r["Trailers"]), r["Close"])
            for r in json.loads(line)
            if r["Complete"]
        ]
        for line in filtered([program], connections)
    ]


def text_pairs(fields):
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]


def read_h11_connection(connection):
    requests = []
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(connection)
    reader.receive_data(b"")
    try:
        while True:
            event = reader.next_event()
            if isinstance(event, h11.Request):
                head, body = event, b""
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                reader.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                reader.send(h11.EndOfMessage())
                close = reader.our_state is not h11.DONE
                requests.append(
                    request(
                        head.method.decode(),
                        head.target.decode(),
                        "HTTP/" + head.http_version.decode(),
                        text_pairs(head.headers),
                        body.hex(),
                        text_pairs(event.headers),
                        close,
                    )
                )
                if close:
                    return requests
                reader.start_next_cycle()
            else:
                return requests
    except h11.RemoteProtocolError:
        return requests


def read_h11(connections):
    return [read_h11_connection(connection) for connection in connections]


class Http1Readers(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.inputs = inputs()
        cls.ours = dict(zip(cls.inputs, read_ours(list(cls.inputs.values()))))
        cls.theirs = {}
        for name, there, read in (("Go", GO, read_go), ("h11", h11, read_h11)):
            if there:
                cls.theirs[name] = dict(zip(cls.inputs, read(list(cls.inputs.values()))))

    def check_reader(self, reader):
        compared, faults = 0, []
        for name, ours in self.ours.items():
            theirs = self.theirs[reader][name]
            count = min(len(ours), len(theirs))
            expected = [expected_of(reader, *both) for both in zip(ours, theirs)]
            if expected != theirs[:count]:
                faults.append(f"{name}:\n  ours {expected}\n  {reader} {theirs[:count]}")
            compared += count
        self.assertEqual(faults, [], "\n".join(faults))
        self.assertGreater(compared, 50, "requests that both take")

    @unittest.skipUnless(GO, "there is no Go")
    def test_go_reads_what_it_takes_as_ours_does(self):
        self.check_reader("Go")

    @unittest.skipUnless(h11, "there is no h11 (python3-h11)")
    def test_h11_reads_what_it_takes_as_ours_does(self):
        self.check_reader("h11")

    @unittest.skipUnless(GO and h11, "there is no Go, or no h11 (python3-h11)")
    def test_nothing_is_taken_that_both_refuse(self):
        faults = []
        for name, ours in self.ours.items():
            taken = max(len(theirs[name]) for theirs in self.theirs.values())
            if (len(ours) > taken) != (name in KNOWN_REFUSALS):
                faults.append(f"{name}: ours takes {len(ours)} requests, of them one of the others takes {taken}")
        self.assertEqual(faults, [], "\n".join(faults))


if __name__ == "__main__":
    runner.main()
