#!/usr/bin/python3
"""The real gateway before gRPC servers of other makes, and with proxies in between: one command.

    tests/foreign/run.py PATH/gateway [PATTERN…]      PATTERN: names of cases, such as 'go_*' or '*_deadline_*'; all without
    tests/foreign/run.py --list

Prints the cases as the C tests do; fails when one has failed. Servers whose toolchain or registry is not there are skipped with
the reason; so are proxies that are not installed. Everything is built in a folder of $XDG_CACHE_HOME and talks on 127.0.0.1 only.

Needs Debian's python3, protobuf-compiler and golang-github-grpc-ecosystem-grpc-gateway-dev (for Google's .proto files). The servers:
go 1.26; JDK 17 and Maven; node 20 and npm; python3.11; cargo. The proxies: nginx, haproxy, nghttp2-proxy.
"""

import argparse
import contextlib
import fnmatch
import os
import sys
import tempfile
import unittest

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.join(_HERE, "..", "e2e")]
sys.dont_write_bytecode = True

import behaviour  # noqa: E402 (the path is set above)
import proxies  # noqa: E402
import servers  # noqa: E402
from support import runner  # noqa: E402


def _server_methods(kind):
    @contextlib.contextmanager
    def backend(self, *flags):
        with self.start(*flags).listen() as server:
            server.name = kind.name
            yield server.port, server

    return {
        "kind": kind,
        "trailers": kind.trailers,
        "start": lambda self, *flags: servers.Server(kind, *flags),
        "backend": backend,
    }


def _test_class(name, cases, members, prepare):
    """The cases as tests whose names begin with the name, skipped when what they need is not there."""
    for case in dir(cases):
        if case.startswith("case_"):
            members[f"test_{name}_{case.removeprefix('case_')}"] = getattr(cases, case)
    members["prepare"] = staticmethod(prepare)
    return type(name, (cases, runner.TestCase), members)


def _test_classes():
    for kind in servers.KINDS:
        yield _test_class(kind.name, behaviour.Servers, _server_methods(kind), kind.prepare)
    for proxy in proxies.PROXIES:
        yield _test_class(proxy.name, proxies.Proxies, {"proxy": proxy}, proxy.prepare)


def _suite(patterns):
    """Prepares only what is asked for."""
    suite = unittest.TestSuite()
    for test_class in _test_classes():
        names = unittest.defaultTestLoader.getTestCaseNames(test_class)
        wanted = [
            name for name in names
            if not patterns or any(fnmatch.fnmatch(name.removeprefix("test_"), pattern) for pattern in patterns)
        ]  # fmt: skip
        suite.addTests([test_class(name) for name in wanted])
    return suite


def _prepare(suite):
    done = {}
    for test in suite:
        if type(test) not in done:
            done[type(test)] = True
            try:
                test.prepare()
            except servers.Skipped as reason:
                type(test).__unittest_skip__ = True
                type(test).__unittest_skip_why__ = str(reason)
            except AssertionError as error:  # it does not build: each of its cases fails
                type(test).setUp = lambda self, text=str(error): self.fail(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the names of the cases, and end")
    parser.add_argument("gateway", nargs="?", help="the gateway's program, such as bazel-bin/gateway/gateway")
    parser.add_argument("patterns", nargs="*")
    flags = parser.parse_args()
    suite = _suite(flags.patterns)
    if flags.list:
        print("\n".join(test.id().rpartition(".test_")[2] for test in suite))
        return
    if not flags.gateway:
        parser.error("which gateway?")
    _prepare(suite)
    with tempfile.TemporaryDirectory() as folder:
        behaviour.Gateway.path = os.path.abspath(flags.gateway)
        behaviour.Gateway.descriptors = os.path.join(folder, "probe.binpb")
        servers.write_descriptors(behaviour.Gateway.descriptors)
        runner.main(suite)


if __name__ == "__main__":
    main()
