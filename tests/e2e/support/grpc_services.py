"""The services of gRPC itself, as a foreign client calls them: Python's gRPC, and messages made from the public .proto files.

The generated modules of these would be in a package `grpc`, which is the library's own, so the classes are made from descriptors.
"""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_DESCRIPTORS = "tests/e2e/grpc_descriptors.binpb"
_DEADLINE_SECONDS = 60


class Messages:
    """Message classes by full name, from encoded FileDescriptorProtos, imports first or not."""

    def __init__(self, files):
        self._files = {file.name: file for file in map(descriptor_pb2.FileDescriptorProto.FromString, files)}
        self._pool = descriptor_pool.DescriptorPool()
        self._factory = message_factory.MessageFactory(self._pool)
        added = set()
        for name in self._files:
            self._add(name, added)

    def _add(self, name, added):
        if name not in added:
            added.add(name)
            for dependency in self._files[name].dependency:
                self._add(dependency, added)
            self._pool.Add(self._files[name])

    def __call__(self, name):
        return self._factory.GetPrototype(self._pool.FindMessageTypeByName(name))

    def service(self, name):
        return self._pool.FindServiceByName(name)


def _own():
    with open(_DESCRIPTORS, "rb") as file:
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
    return Messages(file.SerializeToString() for file in files)


_MESSAGES = _own()


class Health:
    def __init__(self, channel):
        self._request = _MESSAGES("grpc.health.v1.HealthCheckRequest")
        reply = _MESSAGES("grpc.health.v1.HealthCheckResponse")
        self._name = reply.DESCRIPTOR.enum_types_by_name["ServingStatus"].values_by_number
        path = "/grpc.health.v1.Health/"
        self._check = channel.unary_unary(path + "Check", self._request.SerializeToString, reply.FromString)
        self._watch = channel.unary_stream(path + "Watch", self._request.SerializeToString, reply.FromString)

    def check(self, service=""):
        """"SERVING", …; grpc.RpcError when it fails."""
        return self._name[self._check(self._request(service=service), timeout=_DEADLINE_SECONDS).status].name

    def watch(self, service=""):
        """The same, again and again."""
        for reply in self._watch(self._request(service=service), timeout=_DEADLINE_SECONDS):
            yield self._name[reply.status].name


class Reflection:
    """One stream of questions; version is "v1" or "v1alpha"."""

    def __init__(self, channel, version):
        package = f"grpc.reflection.{version}."
        self.request = _MESSAGES(package + "ServerReflectionRequest")
        self._call = channel.stream_stream(
            f"/{package}ServerReflection/ServerReflectionInfo",
            self.request.SerializeToString,
            _MESSAGES(package + "ServerReflectionResponse").FromString,
        )

    def ask_all(self, questions):
        """The replies to the requests, in their order, on one stream."""
        return list(self._call(iter(questions), timeout=_DEADLINE_SECONDS))

    def ask(self, **question):
        return self.ask_all([self.request(**question)])[0]
