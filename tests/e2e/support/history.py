"""What a client may rely on: the states that a track can be in, given the writes that were sent and the answers that came.

One writer owns the track and sends a write when the one before was answered, or given up. So the store holds what was last
acknowledged, or something sent later whose outcome is unknown; and once a later one was seen, an earlier one is not again.
"""

import json

from support import documents, json_value

ABSENT = None


class Lost(AssertionError):
    """A track is not in a state that it can be in."""


def document_of(track_id, state):
    """The document that a writer sends as this state of its track; every part of it names the state."""
    document = documents.full(track_id, levels=1 + state % 3, checks=1 + state % 7)
    for level in document["levels"]:
        level["description"] = f"level of {track_id} in state {state}"
    return document | {
        "name": f"{track_id} {state}",
        "description": f"{track_id} in state {state}" + " and large" * (5000 if state % 16 == 0 else 1),
        "group": str(state),
        "milestones": [{"state": state}],
    }


def require_same(track, document):
    found, expected = documents.comparable(track), documents.comparable(document)
    if json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True):
        return  # as nearly always; the comparison below takes ten times as long
    found, expected = json_value.canonical(found), json_value.canonical(expected)
    if found != expected:
        raise Lost(f"expected {expected[:5000]}\nfound {found[:5000]}")


def state_of(track_id, track):
    """The state in which the store has the track; it is one of this track as a whole."""
    if track is ABSENT:
        return ABSENT
    state = int(track["group"])
    require_same(track, document_of(track_id, state))
    return state


class History:
    """States are ABSENT, or a number that grows with each write."""

    def __init__(self, track_id):
        self.track_id = track_id
        self.last = 0  # the number that was given last
        self._possible = [ABSENT]  # in the order in which they were sent

    def next_state(self):
        self.last += 1
        return self.last

    def sent(self, state):
        self._possible.append(state)

    def acknowledged(self, state):
        self._possible = [state]

    def seen(self, track):
        state = state_of(self.track_id, track)
        if state not in self._possible:
            raise Lost(f"{self.track_id} is in state {state}, expected one of {self._possible}")
        del self._possible[: self._possible.index(state)]
