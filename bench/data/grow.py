"""Makes a large track of a smaller one, for benchmarks: as many levels, and checks in each, as are asked for.

    grow.py track_medium.json LEVELS CHECKS > track_large.json
"""

import json
import sys


def repeated(items, count):
    """The items again and again until there are as many, each a copy."""
    return [dict(items[number % len(items)]) for number in range(count)]


def grow(track, level_count, check_count):
    """Ordinals and check ids stay unique."""
    levels = repeated(track["levels"], level_count)
    for number, level in enumerate(levels, 1):
        level["ordinal"] = number
        level["name"] = f"Stage {number}"
        level["checks"] = repeated(level["checks"], check_count)
        for index, check in enumerate(level["checks"]):
            check["id"] = f"{check['id']}-{number}-{index}"
    return track | {"levels": levels}


if __name__ == "__main__":
    path, level_count, check_count = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    large = grow(document, int(level_count), int(check_count))
    sys.stdout.buffer.write(json.dumps(large, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
