"""wrk, and what it measured."""

import json
import os
import subprocess
import sys

_SCRIPT = os.path.join(os.path.dirname(__file__), "..", "wrk", "requests.lua")
_GRACE_SECONDS = 30  # for wrk to start, and to wait for the last answers


def thread_count(connections):
    """Half of the processors: the servers need the others."""
    return max(1, min(connections, os.cpu_count() // 2))


def run(address, requests, connections, seconds, scratch):
    """Sends requests, a list of (method, path, body) with body "" for none, again and again.

    The result has the numbers requests, seconds, p50_ms, p99_ms and errors. The scratch folder must exist.
    """
    threads = thread_count(connections)
    path = os.path.join(scratch, "requests.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{method} {target} {body}\n" for method, target, body in requests)
    command = ["wrk", f"--threads={threads}", f"--connections={connections}", f"--duration={seconds}s", "--latency"]
    command += [f"--script={_SCRIPT}", f"http://{address}/", "--", path, str(threads)]
    lines = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds + _GRACE_SECONDS, check=True, text=True
    ).stdout.splitlines()
    for line in lines[:-1]:
        if "errors:" in line or "Non-2xx" in line:  # of what kind they were
            print(f"wrk: {line.strip()}", file=sys.stderr)
    return json.loads(lines[-1])


def run_measured(server, requests, connections, seconds, folder):
    """wrk's figures, and the server's own CPU time a request."""
    before = server.cpu_seconds()
    result = run(server.address, requests, connections, seconds, folder)
    return {
        "rps": result["requests"] / result["seconds"],
        "p50_ms": result["p50_ms"],
        "p99_ms": result["p99_ms"],
        "cpu_us": 1e6 * (server.cpu_seconds() - before) / max(1, result["requests"]),
        "errors": result["errors"],
    }
