"""What a refusal of the gateway looks like, in both forms of the error body."""

import json

# HTTP status: error name in the Backstage form, google.rpc.Code in the other.
NAMES = {
    400: ("InputError", 3),
    404: ("NotFoundError", 5),
    405: ("MethodNotAllowedError", 12),
    413: ("PayloadTooLargeError", 8),
    412: ("PreconditionFailedError", 10),
    415: ("UnsupportedMediaTypeError", 3),
    431: ("RequestHeaderFieldsTooLargeError", 8),
    501: ("NotImplementedError", 12),
    503: ("ServiceUnavailableError", 14),
}


def check_body(test, answer, error_body="backstage"):
    """The answer has a JSON body of that form which names its status."""
    test.assertEqual(answer.get("Content-Type"), "application/json", answer)
    document = json.loads(answer.body)
    name, code = NAMES.get(answer.status, (None, None))
    if error_body == "backstage":
        test.assertLessEqual(set(document), {"error", "request", "response"})
        test.assertEqual(document["response"], {"statusCode": answer.status})
        error = document["error"]
        test.assertEqual(error["name"], name or error["name"])
        test.assertTrue(error["name"])
    else:
        error = document
        test.assertLessEqual(set(document), {"code", "message", "details"})
        test.assertEqual(document["code"], code or document["code"])
    test.assertTrue(error["message"])


def check_last(test, client, statuses, error_body="backstage", method="GET"):
    """The one answer that comes is a refusal of such a status, says that it is the last, and the connection is closed in order."""
    answer = client.read_final(method)
    test.assertIsNotNone(answer, "closed without an answer")
    test.assertIn(answer.status, statuses, answer)
    test.assertTrue(answer.says_close, answer.fields)
    if method != "HEAD":
        check_body(test, answer, error_body)
    client.read_end()
    return answer
