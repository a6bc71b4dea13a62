"""JSON values, compared strictly: true is not 1, but 1 and 1.0 are one number, a double; the order of members does not matter."""

import json


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(f"duplicate member among {[key for key, _ in pairs]}")
    return members


def _refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def parse(text):
    """Refuses what RFC 8259 does not know, and duplicate members."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return json.loads(text, object_pairs_hook=_members, parse_constant=_refuse)


def _numbers_alike(value):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        return [_numbers_alike(item) for item in value]
    if isinstance(value, dict):
        return {key: _numbers_alike(item) for key, item in value.items()}
    return value


def canonical(value):
    """Text that is the same for equal values; many short lines, so that a difference can be read."""
    return json.dumps(_numbers_alike(value), sort_keys=True, indent=1)
