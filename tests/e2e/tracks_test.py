"""The five calls over REST, as a Backstage client makes them."""

import json
import re
from urllib.parse import quote

from support import documents, json_value, programs, rest, runner

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Tracks(runner.TestCase):
    def setUp(self):
        service = self.enterContext(programs.track_service("memory:"))
        gateway = self.enterContext(programs.gateway(service.port))
        self.rest = self.enterContext(rest.Rest(gateway.port))

    def create(self, *tracks):
        reply = self.rest.post(rest.TRACKS, {"tracks": tracks})
        self.assertEqual(reply.status, 201, reply.body)
        return reply.document["tracks"]

    def ids(self, query=""):
        reply = self.rest.get(rest.TRACKS + query)
        self.assertEqual(reply.status, 200, reply.body)
        return [track["id"] for track in reply.document["tracks"]]

    def assert_refused(self, reply, status, name):
        self.assertEqual((reply.status, reply.document["error"]["name"]), (status, name), reply.body)

    def test_no_tracks_are_an_empty_list(self):
        self.assertEqual(self.rest.get(rest.TRACKS).document, {"tracks": []})

    def test_create_answers_201_with_the_tracks_in_the_order_sent(self):
        created = self.create(documents.full("b"), documents.minimal("a"))
        self.assertEqual([track["id"] for track in created], ["b", "a"])

    def test_create_refuses_an_existing_id_names_it_and_creates_nothing(self):
        self.create(documents.minimal("old"))
        reply = self.rest.post(rest.TRACKS, {"tracks": [documents.minimal("new"), documents.minimal("old")]})
        self.assert_refused(reply, 409, "ConflictError")
        self.assertIn("old", reply.document["error"]["message"])
        self.assertEqual(self.ids(), ["old"])

    def test_create_refuses_the_same_id_twice_in_one_request(self):
        reply = self.rest.post(rest.TRACKS, {"tracks": [documents.minimal("a"), documents.minimal("a")]})
        self.assertIn(reply.status, (400, 409), reply.body)
        self.assertEqual(self.ids(), [])

    def test_create_refuses_no_tracks_at_all(self):
        self.assert_refused(self.rest.post(rest.TRACKS, {"tracks": []}), 400, "InputError")

    def test_list_is_ordered_by_id(self):
        self.create(*(documents.minimal(track_id) for track_id in ("m", "z", "a", "B", "é")))
        self.assertEqual(self.ids(), ["B", "a", "m", "z", "é"])

    def test_list_by_ids_leaves_out_those_that_do_not_exist(self):
        self.create(*(documents.minimal(track_id) for track_id in ("a", "b", "c")))
        self.assertEqual(self.ids("?tracks=c&tracks=nobody&tracks=a"), ["a", "c"])

    def test_put_answers_200_with_the_track(self):
        self.create(documents.minimal("t"))
        reply = self.rest.put(rest.track_path("t"), documents.full("t"))
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.headers.get_content_type(), "application/json")
        self.assertEqual(list(reply.document), ["track"])

    def test_put_replaces_the_whole_track(self):
        self.create(documents.full("t"))
        self.rest.put(rest.track_path("t"), documents.minimal("t"))
        track = self.rest.get(rest.track_path("t")).document["track"]
        self.assertEqual(documents.comparable(track), documents.comparable(documents.minimal("t")))

    def test_put_of_an_unknown_id_is_404_and_creates_nothing(self):
        reply = self.rest.put(f"{rest.TRACKS}/nobody", documents.minimal("nobody"))
        self.assert_refused(reply, 404, "NotFoundError")
        self.assertEqual(self.ids(), [])

    def test_put_creates_when_missing_is_allowed(self):
        for query in ("allowMissing=true", "allow_missing=true"):
            track_id = query.replace("=", "-")
            reply = self.rest.put(f"{rest.TRACKS}/{track_id}?{query}", documents.minimal(track_id))
            self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(self.ids(), ["allowMissing-true", "allow_missing-true"])

    def test_the_service_sets_the_times(self):
        created = self.create(documents.full("t"))[0]
        self.assertRegex(created["createdAt"], TIME)
        self.assertEqual(created["updatedAt"], created["createdAt"])
        self.assertNotEqual(created["createdAt"], documents.full()["createdAt"])

    def test_a_change_keeps_created_at_and_moves_updated_at(self):
        before = self.create(documents.minimal("t"))[0]
        after = before
        while after["updatedAt"] == before["updatedAt"]:  # until the clock has moved by a millisecond
            changed = documents.minimal("t") | {"name": after["name"] + "."}
            after = self.rest.put(rest.track_path("t"), changed).document["track"]
        self.assertGreater(after["updatedAt"], before["updatedAt"])
        self.assertEqual(after["createdAt"], before["createdAt"])

    def test_a_put_that_changes_nothing_keeps_updated_at(self):
        self.create(documents.full("t"))
        first = self.rest.put(rest.track_path("t"), documents.changed(documents.full("t"))).document
        for _ in range(20):
            again = self.rest.put(rest.track_path("t"), documents.changed(documents.full("t"))).document
            self.assertEqual(again, first)

    def test_delete_answers_204_without_a_body_and_then_404(self):
        self.create(documents.minimal("t"))
        reply = self.rest.delete(rest.track_path("t"))
        self.assertEqual((reply.status, reply.body), (204, b""))
        for reply in (self.rest.delete(rest.track_path("t")), self.rest.get(rest.track_path("t"))):
            self.assert_refused(reply, 404, "NotFoundError")

    @runner.table(
        [
            ("spaces_and_slashes", "a b/c"),
            ("colons", "a:b"),
            ("percents_and_pluses", "100%+more%20"),
            ("query_and_fragment_marks", "a?b#c&d=e"),
            ("dots_alone", "..."),
            ("characters_beyond_ascii", "é漢🚀"),
        ]
    )
    def path_ids_with(self, track_id):
        path = rest.track_path(track_id)
        self.assertEqual(self.rest.put(f"{path}?allowMissing=true", documents.minimal(track_id)).status, 200)
        self.assertEqual(self.rest.get(path).document["track"]["id"], track_id)
        self.assertEqual(self.ids(f"?tracks={quote(track_id, safe='')}"), [track_id])
        self.assertEqual(self.rest.delete(path).status, 204)

    def test_fields_without_presence_are_always_printed(self):
        document = documents.minimal("t") | {"levels": [{}]}
        track = self.rest.put(f"{rest.track_path('t')}?allowMissing=true", document).document["track"]
        self.assertEqual(track["levels"], [{"ordinal": 0, "checks": []}])
        self.assertEqual(track["type"], "standard")

    def test_null_is_absent(self):
        nulls = dict.fromkeys(["group", "badge", "filter", "draft", "type", "createdAt", "badgeType", "milestones"])
        track = self.rest.put(f"{rest.track_path('t')}?allowMissing=true", documents.minimal("t") | nulls).document["track"]
        self.assertEqual(documents.comparable(track), documents.comparable(documents.minimal("t")))

    def test_other_spellings_of_the_json_are_understood(self):
        body = json.dumps(documents.full("t"), indent=1)
        spellings = [
            ('"ordinal": 1', '"ordinal": 1.0'),
            ('"ordinal": 1', '"ordinal": "1"'),
            ('"type": "campaign"', '"type": 1'),
            ('"ownerEntityRef"', '"owner_entity_ref"'),
            ('"documentationURL"', '"documentation_url"'),
            ('"name"', '"\\u006eame"'),
            (",\n", "\t\r\n ,\n\n"),
        ]
        for standard, other in spellings:
            self.assertIn(standard, body)
            self._assert_understood(body.replace(standard, other))

    def _assert_understood(self, body):
        reply = self.rest.put(f"{rest.track_path('t')}?allowMissing=true", body=body.encode())
        self.assertEqual(reply.status, 200, reply.body)
        track = documents.comparable(reply.document["track"])
        self.assertEqual(json_value.canonical(track), json_value.canonical(documents.comparable(documents.full("t"))))


if __name__ == "__main__":
    runner.main()
