"""Versions, partial changes, checks without writing, pages: over REST, and over gRPC by metadata, from Python and node."""

import json
import os
import subprocess
import unittest

import grpc
from google.protobuf import field_mask_pb2

from support import documents, json_value, programs, rest, runner
from support.grpc_client import TrackService, to_document, to_message
from soundcheck.v1 import tracks_pb2

OTHER = '"0123456789abcdef"'


def update(document, **kwargs):
    return tracks_pb2.UpdateTrackRequest(track_id=document["id"], track=to_message(document), **kwargs)


def get(track_id):
    return tracks_pb2.GetTrackRequest(track_id=track_id)


class Conditional(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        gateway = cls.enterClassContext(programs.gateway(service.port))
        cls.service_port = service.port
        cls.grpc = cls.enterClassContext(TrackService(service.port))
        cls.rest = cls.enterClassContext(rest.Rest(gateway.port))

    def create(self, document):
        """Path and ETag of a track that is there, whatever was before."""
        path = rest.track_path(document["id"])
        reply = self.rest.put(path + "?allowMissing=true", document)
        self.assertEqual(reply.status, 200, reply.body)
        return path, reply.headers["ETag"]

    def assert_same(self, track, document):
        canonical = json_value.canonical
        self.assertEqual(canonical(documents.comparable(track)), canonical(documents.comparable(document)))

    def assert_refused(self, reply, status, name):
        self.assertEqual(reply.status, status, reply.body)
        self.assertEqual(reply.document["error"]["name"], name)
        self.assertNotIn("ETag", reply.headers)

    def assert_fails(self, code, method, request, metadata=()):
        with self.assertRaises(grpc.RpcError) as caught:
            self.grpc.call(method, request, metadata)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception.details()

    # ---- Versions ----

    def test_every_answer_with_one_track_has_its_etag(self):
        created = self.rest.post(rest.TRACKS, {"tracks": [documents.minimal("tagged")]})
        path = rest.track_path("tagged")
        tag = created.headers["ETag"]
        self.assertRegex(tag, r'^"[!#-~]+"$')
        self.assertEqual(self.rest.get(path).headers["ETag"], tag)
        self.assertEqual(self.grpc.call("GetTrack", get("tagged"))[1]["etag"], tag)
        tags = [tag]
        tags.append(self.rest.put(path, documents.full("tagged")).headers["ETag"])
        tags.append(self.rest.call("PATCH", path, {"name": "Patched"}).headers["ETag"])
        tags.append(self.grpc.call("UpdateTrack", update(documents.minimal("tagged")))[1]["etag"])
        self.assertEqual(len(set(tags)), 4, tags)
        self.assertEqual(self.rest.get(path).headers["ETag"], tags[-1])
        self.assertNotIn("ETag", self.rest.get(rest.TRACKS).headers)
        two = self.rest.post(rest.TRACKS, {"tracks": [documents.minimal("two-a"), documents.minimal("two-b")]})
        self.assertNotIn("ETag", two.headers)

    @runner.table(documents.cases())
    def put_of_the_same_keeps_the_version_of(self, document):
        path, tag = self.create(document)
        before = self.rest.get(path).document["track"]
        again = self.rest.put(path, document)
        self.assertEqual(again.headers["ETag"], tag)
        self.assertEqual(again.document["track"]["updatedAt"], before["updatedAt"])
        _, metadata = self.grpc.call("UpdateTrack", update(document))
        self.assertEqual(metadata["etag"], tag)

    @runner.table(
        [
            ("the_tag", "If-Match", "{tag}", True),
            ("any", "If-Match", "*", True),
            ("a_list_with_the_tag", "If-Match", OTHER + " , {tag}", True),
            ("another_tag", "If-Match", OTHER, False),
            ("the_tag_but_weak", "If-Match", "W/{tag}", False),
            ("not_another_tag", "If-None-Match", OTHER, True),
            ("not_the_tag", "If-None-Match", "{tag}", False),
            ("not_any", "If-None-Match", "*", False),
        ]
    )
    def changes_are_made_if_the_version_is(self, header, value, passes):
        for method, body in (("PUT", documents.full("if")), ("PATCH", {"name": "Patched"}), ("DELETE", None)):
            path, tag = self.create(documents.minimal("if"))
            condition = value.replace("{tag}", tag)
            reply = self.rest.call(method, path, body, headers={header: condition})
            if passes:
                self.assertIn(reply.status, (200, 204), reply.body)
            else:
                self.assert_refused(reply, 412, "PreconditionFailedError")
                self.assertEqual(self.rest.get(path).headers["ETag"], tag)
            _, tag = self.create(documents.minimal("if"))
            request = update(documents.full("if"))
            condition = value.replace("{tag}", tag)
            if passes:
                self.grpc.call("UpdateTrack", request, [(header.lower(), condition)])
            else:
                self.assert_fails(
                    grpc.StatusCode.ABORTED, "UpdateTrack", request, [(header.lower(), condition)]
                )

    def test_if_match_on_a_missing_track_is_404_and_with_allow_missing_412(self):
        path = rest.track_path("missing")
        reply = self.rest.put(path, documents.minimal("missing"), headers={"If-Match": "*"})
        self.assert_refused(reply, 404, "NotFoundError")
        reply = self.rest.put(path + "?allowMissing=true", documents.minimal("missing"), headers={"If-Match": "*"})
        self.assert_refused(reply, 412, "PreconditionFailedError")
        self.assertEqual(self.rest.get(path).status, 404)

    def test_if_none_match_any_creates_once(self):
        path = rest.track_path("once")
        first = self.rest.put(path, documents.minimal("once"), headers={"If-None-Match": "*"})
        self.assertEqual(first.status, 200, first.body)
        again = self.rest.put(path, documents.full("once"), headers={"If-None-Match": "*"})
        self.assert_refused(again, 412, "PreconditionFailedError")
        self.assertEqual(self.rest.get(path).headers["ETag"], first.headers["ETag"])
        request = update(documents.minimal("once-by-grpc"))
        self.grpc.call("UpdateTrack", request, [("if-none-match", "*")])
        self.assert_fails(grpc.StatusCode.ABORTED, "UpdateTrack", request, [("if-none-match", "*")])

    def test_what_is_no_condition_is_refused(self):
        path, tag = self.create(documents.minimal("rubbish"))
        for header in ("If-Match", "If-None-Match"):
            for value in ("rubbish", "", '"open', "*, " + OTHER):
                reply = self.rest.put(path, documents.full("rubbish"), headers={header: value})
                self.assert_refused(reply, 400, "InputError")
        self.assertEqual(self.rest.get(path).headers["ETag"], tag)

    def test_a_get_of_the_version_that_the_client_has_is_304(self):
        path, tag = self.create(documents.minimal("cached"))
        for condition in (tag, "W/" + tag, f"{OTHER}, {tag}", "*"):
            reply = self.rest.get(path, headers={"If-None-Match": condition})
            self.assertEqual((reply.status, reply.body), (304, b""))
            self.assertEqual(reply.headers["ETag"], tag)
        reply = self.rest.get(path, headers={"If-None-Match": OTHER})
        self.assertEqual(reply.status, 200)
        self.assert_same(reply.document["track"], documents.minimal("cached"))
        self.assertEqual(self.rest.get(path, headers={"If-Match": tag}).status, 200)
        self.assert_refused(self.rest.get(path, headers={"If-Match": OTHER}), 412, "PreconditionFailedError")
        self.assertEqual(self.rest.get(rest.track_path("nobody"), headers={"If-None-Match": "*"}).status, 404)

    @unittest.skipUnless(os.path.isdir("tests/e2e/node/node_modules"), "script/setup has not installed the node client")
    def test_a_node_client_updates_by_the_etag_that_it_got(self):
        _, tag = self.create(documents.full("node"))
        node = subprocess.run(
            ["node", "tests/e2e/node/conditional.js", f"127.0.0.1:{self.service_port}", programs.DESCRIPTORS, "node"],
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(node.returncode, 0, node.stderr.decode())
        seen = json.loads(node.stdout)
        self.assertEqual(seen["before"], tag)
        self.assertEqual(seen["after"], self.rest.get(rest.track_path("node")).headers["ETag"])
        self.assertEqual(seen["again"], grpc.StatusCode.ABORTED.value[0])
        self.assert_same(
            self.rest.get(rest.track_path("node")).document["track"], documents.full("node") | {"name": "Changed by node"}
        )

    # ---- Partial changes ----

    @runner.table(
        [
            ("a_text", {"name": "Patched"}, {"name": "Patched"}, ()),
            ("a_default", {"draft": False, "type": "standard"}, {"draft": False, "type": "standard"}, ()),
            ("a_list", {"levels": [{"ordinal": 5}]}, {"levels": [{"ordinal": 5, "checks": []}]}, ()),
            ("free_json", {"filter": {"kind": "API"}}, {"filter": {"kind": "API"}}, ()),
            ("the_url", {"documentationURL": "https://x"}, {"documentationURL": "https://x"}, ()),
            ("a_part_of_a_badge", {"badge": {"color": "red"}}, {"badge": {"color": "red", "type": "medal"}}, ()),
            ("what_is_null", {"group": None, "exclude": None}, {}, ("group", "exclude")),
            ("nothing", {}, {}, ()),
            ("what_the_service_sets", {"createdAt": "1999-01-01T00:00:00.000Z"}, {}, ()),
        ]
    )
    def patch_changes_only(self, patch, changes, removed):
        path, tag = self.create(documents.full("patched"))
        reply = self.rest.call("PATCH", path, patch)
        self.assertEqual(reply.status, 200, reply.body)
        expected = {key: value for key, value in (documents.full("patched") | changes).items() if key not in removed}
        self.assert_same(reply.document["track"], expected)
        self.assert_same(self.rest.get(path).document["track"], expected)
        self.assertEqual(reply.headers["ETag"] == tag, expected == documents.full("patched"))

    @runner.table(
        [
            ("one", "name", ("name",)),
            ("camel_case", "ownerEntityRef,documentationURL", ("ownerEntityRef", "documentationURL")),
            ("absent_ones", "group,badge", ("group", "badge")),
            ("all", "*", tuple(documents.full("masked"))),
        ]
    )
    def put_with_a_mask_changes(self, mask, named):
        path, _ = self.create(documents.full("masked"))
        sent = documents.minimal("masked") | {
            "name": "Masked",
            "ownerEntityRef": "user:me",
            "documentationURL": "https://masked",
        }
        reply = self.rest.put(path + "?updateMask=" + mask, sent)
        self.assertEqual(reply.status, 200, reply.body)
        expected = {key: value for key, value in documents.full("masked").items() if key not in named}
        expected |= {key: value for key, value in sent.items() if key in named}
        self.assert_same(reply.document["track"], expected)

    def test_a_mask_over_grpc_changes_what_it_names(self):
        self.create(documents.full("by-grpc"))
        mask = field_mask_pb2.FieldMask(paths=["description", "badge.color"])
        track = tracks_pb2.Track(description="Changed", badge=tracks_pb2.Badge(color="blue"))
        request = tracks_pb2.UpdateTrackRequest(track_id="by-grpc", track=track, update_mask=mask)
        reply, _ = self.grpc.call("UpdateTrack", request)
        expected = documents.full("by-grpc") | {"description": "Changed", "badge": {"color": "blue", "type": "medal"}}
        self.assert_same(to_document(reply.track), expected)

    def test_every_wrong_path_of_a_mask_is_named(self):
        path, tag = self.create(documents.full("wrong"))
        reply = self.rest.put(path + "?updateMask=nme,badge.colour,levels.name", documents.minimal("wrong"))
        self.assert_refused(reply, 400, "InputError")
        violations = reply.document["error"]["details"][0]["fieldViolations"]
        self.assertEqual([violation["field"] for violation in violations], ["updateMask"] * 3)
        for path_of_mask, violation in zip(("nme", "badge.colour", "levels.name"), violations):
            self.assertIn(f'"{path_of_mask}"', violation["description"])
        self.assertEqual(self.rest.get(path).headers["ETag"], tag)

    def test_a_patch_of_a_missing_track_is_404(self):
        self.assert_refused(self.rest.call("PATCH", rest.track_path("nobody"), {"name": "x"}), 404, "NotFoundError")

    # ---- Checks without writing ----

    def test_validate_only_answers_alike_and_writes_nothing(self):
        document = documents.full("checked")
        path = rest.track_path("checked")
        checked = self.rest.post(rest.TRACKS, {"tracks": [document], "validateOnly": True})
        self.assertEqual(checked.status, 201, checked.body)
        self.assert_same(checked.document["tracks"][0], document)
        self.assertNotIn("ETag", checked.headers)
        self.assertEqual(self.rest.get(path).status, 404)
        checked = self.rest.put(path + "?allowMissing=true&validateOnly=true", document)
        self.assert_same(checked.document["track"], document)
        self.assertEqual(self.rest.get(path).status, 404)

        path, tag = self.create(document)
        self.assertEqual(self.rest.put(path + "?validateOnly=true", documents.minimal("checked")).status, 200)
        patched = self.rest.call("PATCH", path + "?validateOnly=true", {"name": "Checked"})
        self.assertEqual(patched.document["track"]["name"], "Checked")
        self.assertEqual(self.rest.call("PATCH", path + "?validateOnly=true", {"name": ""}).status, 400)
        again = self.rest.post(rest.TRACKS, {"tracks": [document], "validateOnly": True})
        self.assert_refused(again, 409, "ConflictError")
        self.assertEqual(self.rest.get(path).headers["ETag"], tag)

    # ---- All that is wrong ----

    def test_more_violations_than_fit_are_counted(self):
        document = documents.minimal("many") | {"levels": [{"ordinal": 1, "checks": [{"id": ""}] * 600}]}
        reply = self.rest.put(rest.track_path("many") + "?allowMissing=true", document)
        self.assert_refused(reply, 400, "InputError")
        self.assertRegex(reply.document["error"]["message"], "^600 fields are wrong, the first ")
        violations = reply.document["error"]["details"][0]["fieldViolations"]
        self.assertGreaterEqual(len(violations), 10)
        for number, violation in enumerate(violations):
            self.assertEqual(violation["field"], f"levels[0].checks[{number}].id")
        message = self.assert_fails(
            grpc.StatusCode.INVALID_ARGUMENT, "UpdateTrack", update(document, allow_missing=True)
        )
        self.assertEqual(message, reply.document["error"]["message"])


class Pages(runner.TestCase):
    """Forty tracks: every third a campaign, every fourth archived, every fifth a draft."""

    COUNT = 40

    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        gateway = cls.enterClassContext(programs.gateway(service.port))
        cls.grpc = cls.enterClassContext(TrackService(service.port))
        cls.rest = cls.enterClassContext(rest.Rest(gateway.port))
        cls.tracks = [cls.document(number) for number in range(cls.COUNT)]
        reply = cls.rest.post(rest.TRACKS, {"tracks": cls.tracks[::-1]})
        if reply.status != 201:
            raise AssertionError(reply.body)

    @staticmethod
    def document(number):
        track = documents.minimal(f"track/{number:02}") | {"ownerEntityRef": f"group:default/{number % 2}"}
        if number % 3 == 0:
            track["type"] = "campaign"
        if number % 4 == 0:
            track |= {"archived": True, "group": "Old & gone"}
        if number % 5 == 0:
            track["draft"] = number % 10 == 0
        return track

    def pages(self, query):
        """The ids of each page."""
        token, pages = "", []
        while True:
            reply = self.rest.get(f"{rest.TRACKS}?{query}" + (f"&pageToken={token}" if token else ""))
            self.assertEqual(reply.status, 200, reply.body)
            pages.append([track["id"] for track in reply.document["tracks"]])
            token = reply.document.get("nextPageToken")
            if token is None:
                return pages
            self.assertRegex(token, "^[0-9A-Za-z_~.-]+$")

    @runner.table(
        [
            ("all", "", lambda track: True),
            ("campaigns", "type=campaign", lambda track: track.get("type") == "campaign"),
            ("standard_ones", "type=standard", lambda track: "type" not in track),
            ("of_an_owner", "ownerEntityRef=group:default/1", lambda track: track["ownerEntityRef"].endswith("1")),
            ("of_a_group", "group=Old%20%26%20gone", lambda track: "group" in track),
            ("drafts", "draft=true", lambda track: track.get("draft", False)),
            ("no_drafts", "draft=false", lambda track: not track.get("draft", False)),
            ("archived", "archived=true", lambda track: track.get("archived", False)),
            (
                "of_several_filters",
                "archived=false&type=campaign&ownerEntityRef=group:default/1",
                lambda track: "archived" not in track and "type" in track and track["ownerEntityRef"].endswith("1"),
            ),
            (
                "of_ids",
                "tracks=track/07&tracks=track/03&tracks=nobody&tracks=track/30&tracks=track/03",
                lambda track: track["id"] in ("track/03", "track/07", "track/30"),
            ),
            ("none", "type=playlist", lambda track: False),
        ]
    )
    def lists(self, query, fits):
        expected = [track["id"] for track in self.tracks if fits(track)]
        self.assertEqual(self.pages(query), [expected])
        for size in (1, 7, 39, 40, 41, 100_000):
            pages = self.pages(f"{query}&pageSize={size}")
            self.assertEqual([track_id for page in pages for track_id in page], expected)
            self.assertEqual([len(page) for page in pages[:-1]], [size] * (len(pages) - 1))
            self.assertTrue(pages[-1] or not expected)

    def test_grpc_gives_the_same_pages(self):
        request = tracks_pb2.ListTracksRequest(draft=False, page_size=9)
        ids = []
        while True:
            reply, _ = self.grpc.call("ListTracks", request)
            ids += [track.id for track in reply.tracks]
            if not reply.HasField("next_page_token"):
                break
            request.page_token = reply.next_page_token
        self.assertEqual(ids, self.pages("draft=false")[0])

    def test_a_token_is_good_for_its_request_only(self):
        token = self.rest.get(f"{rest.TRACKS}?pageSize=3&draft=false").document["nextPageToken"]
        self.assertEqual(self.rest.get(f"{rest.TRACKS}?pageSize=5&draft=false&pageToken={token}").status, 200)
        for query in (
            f"draft=true&pageToken={token}",
            f"pageToken={token}",
            f"draft=false&type=campaign&pageToken={token}",
            f"draft=false&tracks=track/01&pageToken={token}",
            f"draft=false&pageToken={token[:-1]}",
            f"draft=false&pageToken={'0' * len(token)}",
            "draft=false&pageToken=next",
            "pageSize=-1",
        ):
            reply = self.rest.get(f"{rest.TRACKS}?{query}")
            self.assertEqual(reply.status, 400, query)
            field = reply.document["error"]["details"][0]["fieldViolations"][0]["field"]
            self.assertEqual(field, "pageSize" if query == "pageSize=-1" else "pageToken")


if __name__ == "__main__":
    runner.main()
