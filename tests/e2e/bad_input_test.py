"""Bad input: each line of the table gets its status and an error body of the documented form, and changes nothing."""

import json

from support import documents, programs, rest, runner

PATH = rest.track_path("t")
PLACE = r"line \d+, column \d+"
ANY = "."
MAX_BODY = 1 << 20

# HTTP status: error name in the Backstage form, google.rpc.Code in the Status form.
NAMES = {
    400: ("InputError", 3),
    404: ("NotFoundError", 5),
    405: ("MethodNotAllowedError", 12),
    413: ("PayloadTooLargeError", 8),
    415: ("UnsupportedMediaTypeError", 3),
}


def put(document=None, body=None, path=PATH, **headers):
    return {"method": "PUT", "path": path, "document": document, "body": body, "headers": headers}


def text(change=lambda body: body):
    """A PUT of the stored document's text after a change."""
    return put(body=change(json.dumps(documents.minimal("t"))).encode())


def track(**fields):
    """A PUT of the stored document with other fields; None removes one."""
    changed = documents.minimal("t") | fields
    return put({key: value for key, value in changed.items() if value is not None})


def level(**fields):
    return track(levels=[{"ordinal": 1, "checks": []}, {"ordinal": 2, "checks": []} | fields])


def nested(opening, closing, depth=10_000):
    value = opening * depth + closing * depth
    return text(lambda body: body[:-1] + f', "filter": {{"a": {value}}}}}')


CASES = [
    # JSON that is none
    ("truncated", text(lambda body: body[:-10]), 400, PLACE),
    ("garbage_after_it", text(lambda body: body + " x"), 400, PLACE),
    ("a_second_value_after_it", text(lambda body: body + "{}"), 400, PLACE),
    ("an_empty_body", put(body=b""), 400, ANY),
    ("a_trailing_comma", text(lambda body: body[:-1] + ",}"), 400, PLACE),
    ("a_leading_zero", text(lambda body: body.replace("1", "01")), 400, PLACE),
    ("a_control_character", text(lambda body: body.replace("Minimal", "Mini\nmal")), 400, PLACE),
    ("a_bad_escape", text(lambda body: body.replace("Minimal", "\\x41")), 400, PLACE),
    ("a_lone_surrogate", text(lambda body: body.replace("Minimal", "\\ud800")), 400, PLACE),
    ("invalid_utf8", put(body=json.dumps(documents.minimal("t")).encode().replace(b"Minimal", b"\xc0\xaf")), 400, PLACE),
    ("a_duplicate_field", text(lambda body: body[:-1] + ', "name": "again"}'), 400, rf"^name \({PLACE}\)"),
    ("a_field_in_both_spellings", track(owner_entity_ref="group:a"), 400, PLACE),
    ("nested_objects", nested('{"a":', "}"), 400, PLACE),
    ("nested_arrays", nested("[", "]"), 400, PLACE),
    # JSON of the wrong form
    ("an_array", put([documents.minimal("t")]), 400, PLACE),
    ("a_string", put("track"), 400, PLACE),
    ("null", put(body=b"null"), 400, ANY),
    ("an_unknown_field", track(nmae="x"), 400, f"{PLACE}.*nmae"),
    ("an_unknown_nested_field", level(badge={"colour": "red"}), 400, rf"^levels\[1\]\.badge \({PLACE}\).*colour"),
    ("a_number_for_a_string", level(checks=[{"id": "a", "name": 7}]), 400, rf"^levels\[1\]\.checks\[0\]\.name \({PLACE}\)"),
    ("a_string_for_a_boolean", track(draft="true"), 400, rf"^draft \({PLACE}\)"),
    ("an_object_for_an_array", track(levels={}), 400, rf"^levels \({PLACE}\)"),
    ("an_array_for_an_object", track(badge=[]), 400, rf"^badge \({PLACE}\)"),
    ("null_in_an_array", track(levels=[None]), 400, rf"^levels\[0\] \({PLACE}\)"),
    ("a_fraction_for_an_integer", level(ordinal=1.5), 400, rf"^levels\[1\]\.ordinal \({PLACE}\)"),
    ("an_integer_out_of_range", level(ordinal=2**31), 400, rf"^levels\[1\]\.ordinal \({PLACE}\)"),
    ("an_unknown_enum_name", track(type="Standard"), 400, rf"^type \({PLACE}\)"),
    # a track that breaks a rule
    ("no_id", track(id=None), 400, r"\bid\b"),
    ("no_levels", track(levels=None), 400, r"\blevels\b"),
    ("no_name", track(name=None), 400, r"\bname\b"),
    ("no_description", track(description=None), 400, r"\bdescription\b"),
    ("no_owner", track(ownerEntityRef=None), 400, r"\bownerEntityRef\b"),
    ("an_empty_id", track(id=""), 400, r"\bid\b"),
    ("empty_levels", track(levels=[]), 400, r"\blevels\b"),
    ("an_empty_name", track(name=""), 400, r"\bname\b"),
    ("a_name_of_101_characters", track(name="é" * 101), 400, r"\bname\b"),
    ("another_id_than_the_path", track(id="other"), 400, r"\bid\b"),
    ("the_same_ordinal_twice", level(ordinal=1), 400, r"levels\[1\]\.ordinal"),
    ("a_negative_ordinal", level(ordinal=-1), 400, r"levels\[1\]\.ordinal"),
    ("an_empty_check_id", level(checks=[{"id": ""}]), 400, r"levels\[1\]\.checks\[0\]\.id"),
    ("an_owner_that_is_no_reference", track(ownerEntityRef="group:"), 400, r"\bownerEntityRef\b"),
    ("a_filter_of_numbers", track(filter={"spec.replicas": 3}), 400, r"filter.*spec\.replicas"),
    ("a_nested_filter", level(checks=[{"id": "a", "filter": {"catalog": {}}}]), 400, r"levels\[1\]\.checks\[0\]\.filter"),
    ("an_exclude_without_a_filter", track(exclude={"kind": "API"}), 400, r"\bexclude\b"),
    ("a_scriptable_url", track(documentationURL="JavaScript:alert(1)"), 400, r"\bdocumentationURL\b"),
    ("no_date", track(startDate="2024-02-30"), 400, r"\bstartDate\b"),
    ("a_target_before_the_start", track(startDate="2024-02-02", targetCompletionDate="2024-02-01"), 400, "targetComp"),
    ("a_milestone_that_is_no_object", track(milestones=["done"]), 400, r"milestones\[0\]"),
    ("a_nul_character", track(description="a\0b"), 400, ANY),
    ("three_faults_at_once", track(name="", description="", levels=[]), 400, "(?s)(?=.*name)(?=.*description)(?=.*levels)"),
    # a request that is none of ours
    ("an_unknown_query_parameter", put(documents.minimal("t"), path=PATH + "?force=true"), 400, "force"),
    ("a_bad_query_value", put(documents.minimal("t"), path=PATH + "?allowMissing=maybe"), 400, "allowMissing"),
    ("a_malformed_escape_in_the_path", put(documents.minimal("t"), path=PATH + "%zz"), 400, ANY),
    ("a_path_of_invalid_utf8", put(documents.minimal("t"), path=PATH + "%ff"), 400, ANY),
    ("an_unknown_track", put(documents.minimal("u"), path=rest.track_path("u")), 404, r"\bu\b"),
    ("an_unknown_path", put(documents.minimal("t"), path="/api/soundcheck/nothing"), 404, ANY),
    ("the_root_path", put(documents.minimal("t"), path="/"), 404, ANY),
    ("a_wrong_method", put(documents.minimal("t"), path=rest.TRACKS), 405, ANY),
    ("no_json", put(body=b"id=t", **{"Content-Type": "application/x-www-form-urlencoded"}), 415, "application/json"),
    ("another_charset", put(body=b"{}", **{"Content-Type": "application/json; charset=latin1"}), 415, ANY),
    ("a_body_over_the_limit", put(body=b" " * (MAX_BODY + 1)), 413, str(MAX_BODY)),
    ("chunks_over_the_limit", put(body=[b" " * (MAX_BODY // 4)] * 5), 413, str(MAX_BODY)),
]


class _BadInput:
    """What holds for both forms of the error body."""

    error_body = None

    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.port = cls.enterClassContext(programs.gateway(service.port, error_body=cls.error_body)).port
        with rest.Rest(cls.port) as client:
            reply = client.post(rest.TRACKS, {"tracks": [documents.minimal("t")]})
            if reply.status != 201:
                raise AssertionError(reply.body)

    def check(self, request, status, message):
        with rest.Rest(self.port) as client:
            before = client.get(rest.TRACKS).body
            reply = client.call(**request)
        self.assertEqual(reply.status, status, reply.body)
        self.assertEqual(reply.headers["Content-Type"], "application/json")
        if status == 405:
            self.assertEqual(sorted(reply.headers["Allow"].split(", ")), ["GET", "HEAD", "POST"])
        self.assertRegex(self.message_of(reply.document, request, status), message)
        with rest.Rest(self.port) as client:
            self.assertEqual(client.get(rest.TRACKS).body, before)


class BackstageErrors(_BadInput, runner.TestCase):
    error_body = "backstage"

    @runner.table(CASES)
    def refuses(self, request, status, message):
        self.check(request, status, message)

    def message_of(self, body, request, status):
        error = body.pop("error")
        self.assertEqual(error["name"], NAMES[status][0])
        self.assertLessEqual(set(error), {"name", "message", "details"})
        expected = {
            "request": {"method": request["method"], "url": request["path"]},
            "response": {"statusCode": status},
        }
        self.assertEqual(body, expected)
        return error["message"]


class StatusErrors(_BadInput, runner.TestCase):
    error_body = "status"

    @runner.table(CASES)
    def refuses_with_a_status(self, request, status, message):
        self.check(request, status, message)

    def message_of(self, body, request, status):
        self.assertEqual(body["code"], NAMES[status][1])
        self.assertLessEqual(set(body), {"code", "message", "details"})
        return body["message"]


if __name__ == "__main__":
    runner.main()
