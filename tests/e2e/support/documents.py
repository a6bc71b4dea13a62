"""Track documents: what clients PUT, from the least that is valid to the largest and strangest."""

import os
import pathlib

from support import json_value

_STAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    '<path d="M12 2l3 7h7l-5.5 4.5L18 21l-6-4-6 4 1.5-7.5L2 9h7z"/></svg>'
)


def minimal(track_id="minimal"):
    """What is required, and no more."""
    return {
        "id": track_id,
        "levels": [{"ordinal": 1, "checks": [{"id": "has-readme"}]}],
        "name": "Minimal",
        "description": "Required fields only",
        "ownerEntityRef": "group:default/platform",
    }


def full(track_id="full", levels=1, checks=1):
    """Every field; its size grows with levels and checks."""
    return {
        "id": track_id,
        "levels": [_level(ordinal, checks) for ordinal in range(1, levels + 1)],
        "name": "Production readiness",
        "description": 'Ready for "production":\n monitored, owned & documented — “for real”.',
        "ownerEntityRef": "group:default/platform",
        "group": "Quality",
        "type": "campaign",
        "badge": {"color": "rgb(255, 193, 33)", "type": "medal"},
        "filter": {"kind": ["Component"], "spec.type": ["service", "website"]},
        "exclude": {"spec.lifecycle": "deprecated"},
        "documentationURL": "https://docs.example.com/production-readiness?from=a&to=b#top",
        "badgeType": "status",
        "draft": False,
        "isEditable": True,
        "createdAt": "2024-03-01T09:30:00.000Z",
        "updatedAt": "2024-06-11T16:05:12.123Z",
        "archived": False,
        "supportChannel": "#production-readiness",
        "startDate": "2024-03-01",
        "targetCompletionDate": "2024-12-31T23:59:59+01:00",
        "milestones": [{"title": "half way", "date": "2024-08-01", "percent": 50.5}, {"title": "done", "percent": 100}],
    }


def _level(ordinal, checks):
    return {
        "ordinal": ordinal,
        "checks": [_check(number) for number in range(checks)],
        "name": f"Level {ordinal}",
        "description": f"Every check of level {ordinal} passes, and those of the levels below.",
        "badge": {"color": "#F2C94C", "type": "medal", "svg": _STAR},
    }


def _check(number):
    check = {
        "id": f"has-runbook-{number}",
        "name": f"Has runbook {number}",
        "description": "The component links a runbook that names its dependencies, dashboards and alerts.",
    }
    if number % 2 == 0:
        check["filter"] = {"spec.lifecycle": ["production", "experimental"], "spec.type": "service"}
    if number % 3 == 0:
        check["exclude"] = {"metadata.tags": ["legacy"]}
    return check


def empty_values():
    """Everything that is there and empty, and must not be taken for absent."""
    return minimal("empty-values") | {
        "levels": [{"ordinal": 0, "checks": [], "name": "", "description": "", "badge": {}}],
        "group": "",
        "badge": {"color": "", "svg": ""},
        "filter": {},
        "exclude": {},
        "draft": False,
        "isEditable": False,
        "archived": False,
        "supportChannel": "",
        "milestones": [],
    }


def unicode_text():
    """Characters that encoders get wrong: escapes, controls, beyond the basic plane, combining, right to left, separators."""
    strange = 'quote " backslash \\ slash / \b\f\n\r\t \u0001\u001f\u007f é e\u0301 ß 漢字 עברית \u2028\u2029 \ufeff \uffff 🚀\U0010ffff </script>'
    return minimal("unicode-é-漢字-🚀") | {
        "levels": [{"ordinal": 1, "checks": [{"id": strange, "name": strange, "filter": {strange: [strange, ""]}}]}],
        "name": "🚀" * 100,
        "description": strange,
        "group": strange,
        "supportChannel": strange,
        "milestones": [{strange: strange}],
    }


def numbers():
    """Numbers at their limits: 32-bit ordinals, and doubles in milestones."""
    return minimal("numbers") | {
        "levels": [{"ordinal": ordinal, "checks": [{"id": "a"}]} for ordinal in (0, 7, 3, 2**31 - 1)],
        "milestones": [
            {"zero": 0, "negative": -1, "fraction": 0.1, "small": 5e-324, "tiny": 1.5e-7, "large": 1.7976931348623157e308},
            {"integers": [2**53 - 1, -(2**53), 2**63, 10**21], "thirds": 1 / 3, "exponent": 6.02214076e23},
        ],
    }


def nested_values():
    """Values of every kind in milestones, nested, under keys of any form."""
    deep = {"end": True}
    for _ in range(8):
        deep = {"in": [deep]}
    return minimal("nested-values") | {
        "milestones": [
            {"null": None, "true": True, "false": False, "text": "", "array": [], "object": {}},
            {"": {"": [[], [[]], {}, [None, {"a.b": None}]]}, 'key "quoted"': 1, "a.b[0]": 2, "1": 3},
            {f"member {number}": number for number in range(200)},
            deep,
        ],
    }


def cases():
    """(name, document) of all to try everything with; those in the folder TRACK_DOCUMENTS as well, when it is set."""
    documents = [
        ("minimal", minimal()),
        ("small", full("small")),
        ("medium", full("medium", levels=3, checks=5)),
        ("large", full("large", levels=8, checks=46)),
        ("playlist", minimal("playlist") | {"type": "playlist"}),
        ("punctuated_id", minimal("a.b~c:d/e?f%20&g=h+i j#k")),
        ("empty_values", empty_values()),
        ("unicode_text", unicode_text()),
        ("numbers", numbers()),
        ("nested_values", nested_values()),
    ]
    folder = os.environ.get("TRACK_DOCUMENTS")
    for path in sorted(pathlib.Path(folder).glob("*.json")) if folder else ():
        documents.append((f"file_{path.stem}", json_value.parse(path.read_bytes()) | {"id": f"file-{path.stem}"}))
    return documents


def changed(document):
    """The document with every kind of change: set, replaced, removed, grown, reordered."""
    result = document | {
        "name": "Changed",
        "description": document["description"] + " (changed)",
        "draft": not document.get("draft", False),
        "type": "standard",
        "levels": [{"ordinal": 2**31 - 2, "checks": []}] + document["levels"][::-1],
        "milestones": document.get("milestones", [])[::-1] + [{"title": "changed"}],
    }
    result.pop("group", None)
    return result


def comparable(track):
    """What must be equal before and after: all but the times, which the service sets, and with the default type."""
    return {"type": "standard"} | {key: value for key, value in track.items() if key not in ("createdAt", "updatedAt")}
