"""Serves the probe service with gRPC's C core. What it is told on stdin and answers on stdout stands in tests/foreign/support/servers.py."""

import argparse
import asyncio
import sys

import grpc
import probe_pb2
import probe_pb2_grpc
from google.rpc import status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Probe(probe_pb2_grpc.ProbeServicer):
    def __init__(self, name):
        self.name = name
        self.started = self.finished = self.cancelled = 0

    async def Echo(self, request, _):
        return probe_pb2.EchoReply(request=request, server=self.name)

    async def Slow(self, request, _):
        self.started += 1
        try:
            await asyncio.sleep(request.ms / 1000)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.finished += 1
        return probe_pb2.SlowReply(server=self.name)

    async def Fail(self, request, context):
        if not request.details:
            await context.abort(_code(request.code), request.message)
        status = rpc_status.to_status(status_pb2.Status(code=request.code, message=request.message, details=request.details))
        await context.abort(status.code, status.details, status.trailing_metadata)

    async def Large(self, request, _):
        return probe_pb2.LargeReply(text=(_LETTERS * (request.bytes // len(_LETTERS) + 1))[: request.bytes])

    async def Metadata(self, request, context):
        await context.send_initial_metadata([("x-header", request.header), ("x-header-bin", request.header_bin)])
        context.set_trailing_metadata([("x-trailer", request.trailer), ("x-trailer-bin", request.trailer_bin)])
        reply = probe_pb2.MetadataReply()
        for key, value in context.invocation_metadata():
            reply.entries.add(key=key, value=value if isinstance(value, bytes) else value.encode())
        return reply


def _code(number):
    return next(code for code in grpc.StatusCode if code.value[0] == number)


def _options(flags):
    options = [("grpc.max_send_message_length", 64 << 20), ("grpc.so_reuseport", 0)]
    if flags.max_streams:
        options.append(("grpc.max_concurrent_streams", flags.max_streams))
    if flags.max_age_ms:
        options += [("grpc.max_connection_age_ms", flags.max_age_ms), ("grpc.max_connection_age_grace_ms", 5000)]
    return options


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="python")
    parser.add_argument("--max-streams", type=int)
    parser.add_argument("--max-age-ms", type=int)
    parser.add_argument("--compression", choices=["gzip", "deflate"])
    flags = parser.parse_args()

    compression = flags.compression and getattr(grpc.Compression, flags.compression.capitalize())
    server = grpc.aio.server(options=_options(flags), compression=compression)
    probe = Probe(flags.name)
    probe_pb2_grpc.add_ProbeServicer_to_server(probe, server)
    healths = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    await healths.set("", health_pb2.HealthCheckResponse.SERVING)

    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ready", flush=True)
    while line := await commands.readline():
        match line.decode().split():
            case ["listen", port]:
                bound = server.add_insecure_port(f"127.0.0.1:{port}")
                await server.start()
                print("listening", bound, flush=True)
            case ["health", status]:
                await healths.set("", health_pb2.HealthCheckResponse.ServingStatus.Value(status))
                print("ok", flush=True)
            case ["calls"]:
                print("calls", probe.started, probe.finished, probe.cancelled, flush=True)
            case ["stop"]:
                await server.stop(30)
                return
    await server.stop(0)


asyncio.run(main())
