"""The gateway in front of a service that it has never heard of, written in Python."""

import threading
from concurrent import futures

import grpc
from google.protobuf import json_format

from depot.v1 import depot_pb2
from support import json_value, programs, rest, runner

ITEM = {
    "name": "depots/north/items/lamps/desk lamp",
    "stock": {"north": "9007199254740993", "": "-1"},
    "photos": ["", "+/8="],
    "seen": "2024-05-01T09:30:00.123Z",
    "age": "1.500s",
    "amount": 0.1,
    "serial": "18446744073709551615",
    "parts": [{"name": "bulb", "onRequest": ""}],
}

# HTTP status of each gRPC code.
STATUSES = [
    ("cancelled", 1, 499),
    ("unknown", 2, 500),
    ("invalid_argument", 3, 400),
    ("deadline_exceeded", 4, 504),
    ("not_found", 5, 404),
    ("already_exists", 6, 409),
    ("permission_denied", 7, 403),
    ("resource_exhausted", 8, 429),
    ("failed_precondition", 9, 400),
    ("aborted", 10, 409),
    ("out_of_range", 11, 400),
    ("unimplemented", 12, 501),
    ("internal", 13, 500),
    ("unavailable", 14, 503),
    ("data_loss", 15, 500),
    ("unauthenticated", 16, 401),
]


class DepotServer:
    """Keeps one item and the last query."""

    def __init__(self):
        self.item = None
        self.query = None
        self.released = threading.Event()
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        methods = depot_pb2.DESCRIPTOR.services_by_name["Depot"].methods
        handlers = {
            method.name: grpc.unary_unary_rpc_method_handler(
                getattr(self, method.name),
                getattr(depot_pb2, method.input_type.name).FromString,
                getattr(depot_pb2, method.output_type.name).SerializeToString,
            )
            for method in methods
        }
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("depot.v1.Depot", handlers)])
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.stop(None).wait()

    def PutItem(self, request, _):
        self.item = request
        return request

    def FindItem(self, request, _):
        self.query = request
        return depot_pb2.FindItemResponse(items=[self.item, request.like])

    def Fail(self, request, context):
        code = next(code for code in grpc.StatusCode if code.value[0] == request.code)
        context.abort(code, f"failed with “{code.name}”")

    def Hang(self, request, _):
        self.released.wait()
        return request


class Depot(runner.TestCase):
    @classmethod
    def gateway(cls, *flags):
        return programs.gateway(
            cls.depot.port, *flags, descriptors="tests/e2e/depot_descriptors.binpb", error_body="status"
        )

    @classmethod
    def setUpClass(cls):
        cls.depot = cls.enterClassContext(DepotServer())
        gateway = cls.enterClassContext(cls.gateway())
        cls.rest = cls.enterClassContext(rest.Rest(gateway.port))

    def test_every_kind_of_field_reaches_the_service_and_comes_back(self):
        body = {key: value for key, value in ITEM.items() if key != "name"}
        reply = self.rest.put("/v1/depots/north/items/lamps/desk%20lamp", body)
        self.assertEqual(reply.status, 202, reply.body)
        self.assertEqual(self.depot.item, json_format.ParseDict(ITEM, depot_pb2.Item()))
        printed = json_format.MessageToDict(self.depot.item, including_default_value_fields=True)
        self.assertEqual(json_value.canonical(reply.document), json_value.canonical(printed))

    def test_an_additional_binding_and_a_verb_lead_to_the_same_method(self):
        self.assertEqual(self.rest.post("/v1/items:put", {"name": "bulb"}).status, 202)
        self.assertEqual(self.depot.item, depot_pb2.Item(name="bulb"))

    def test_query_parameters_fill_the_request_and_a_part_of_the_reply_is_the_body(self):
        self.rest.post("/v1/items:put", {"name": "bulb"})
        reply = self.rest.get("/v1/items:find?words=a%26b&words=&like.serial=7&like.seen=2024-05-01T09:30:00Z")
        self.assertEqual(reply.status, 200, reply.body)
        like = json_format.ParseDict({"serial": "7", "seen": "2024-05-01T09:30:00Z"}, depot_pb2.Item())
        self.assertEqual(self.depot.query, depot_pb2.FindItemRequest(words=["a&b", ""], like=like))
        self.assertEqual([item["serial"] for item in reply.document], ["0", "7"])

    def test_both_members_of_a_oneof_are_refused(self):
        self.assertEqual(self.rest.post("/v1/items:put", {"amount": 1, "onRequest": "yes"}).status, 400)

    @runner.table(STATUSES)
    def shows_the_status(self, code, status):
        reply = self.rest.get(f"/v1/failures/{code}")
        self.assertEqual((reply.status, reply.document["code"]), (status, code))
        self.assertRegex(reply.document["message"], "^failed with “[A-Z_]+”$")
        self.assertEqual("Retry-After" in reply.headers, status == 503)

    def test_a_service_that_never_answers_is_504_after_the_deadline(self):
        with self.gateway("--deadline-ms=1000") as gateway, rest.Rest(gateway.port) as client:
            reply = client.get("/v1/hang?name=a")
        self.assertEqual((reply.status, reply.document["code"]), (504, 4), reply.body)


if __name__ == "__main__":
    runner.main()
