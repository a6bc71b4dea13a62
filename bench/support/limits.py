"""What this machine can do at best: the parts of the chain, each alone and with nothing to do."""

import os
import subprocess

from support import chain, program, wrk


def _number_printed(command, seconds):
    return float(subprocess.run(command, stdout=subprocess.PIPE, timeout=seconds + 30, check=True).stdout)


def http_echo_rps(programs, body, connections, seconds, scratch):
    """PUTs a second of a libmicrohttpd that answers with the body."""
    with program.Program([f"{programs}/bench/http_echo", str(chain.thread_count())]) as server:
        run = wrk.run(server.address, [("PUT", "/", body)] * 16, connections, seconds, scratch)
    return run["requests"] / run["seconds"]


def grpc_echo_rps(programs, message_bytes, streams, seconds):
    """Calls a second between a gRPC C core client and an echo server, on one connection as the gateway has.

    The best of two servers: how many threads serve it best depends on the machine.
    """
    rates = []
    for threads in {1, (os.cpu_count() + 1) // 2, os.cpu_count()}:
        with program.Program([f"{programs}/bench/grpc_echo", str(threads)]) as server:
            command = [f"{programs}/bench/grpc_load", server.address, 1, streams, message_bytes, seconds]
            rates.append(_number_printed([str(word) for word in command], seconds))
    return max(rates)


def fsync_per_s(programs, folder, seconds):
    """Writes of 4 kB, each made durable, in the store's folder."""
    return _number_printed([f"{programs}/bench/fsync_rate", folder, str(seconds)], seconds)


def pass_through(programs, document, connections, seconds, scratch):
    """GETs through the least that can stand in the gateway's place, and what each costs it."""
    track_ids = chain.track_ids(connections)
    messages = os.path.join(scratch, "put_messages")
    with chain.service(programs, "memory:") as service:
        with chain.gateway(programs, service.address) as gateway:
            chain.create_tracks(gateway.address, document, track_ids)
        chain.write_put_messages(programs, document, track_ids[:1], messages)
        with chain.pass_through(programs, service.address, messages) as server:
            requests = chain.requests("GET", document, track_ids)
            return wrk.run_measured(server, requests, connections, seconds, scratch)


def measure(programs, document, connections, seconds, folder):
    """All of them, for a document and a number of connections."""
    body = chain.json_text(document)
    http = http_echo_rps(programs, body, connections, seconds, folder)
    grpc = grpc_echo_rps(programs, len(body.encode()), connections, seconds)
    through = pass_through(programs, document, connections, seconds, folder)
    return {
        "http_echo_rps": http,
        "grpc_echo_rps": grpc,
        "ideal_chain_rps": 1 / (1 / http + 1 / grpc),
        "fsync_per_s": fsync_per_s(programs, folder, min(seconds, 2)),
        "pass_through_rps": through["rps"],
        "pass_through_cpu_us": through["cpu_us"],
    }
