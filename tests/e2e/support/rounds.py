"""How long tests of faults go on, and the chance in them.

FAULT_ROUNDS says how many rounds a test makes, instead of its own few; FAULT_SEED repeats what a failed test has printed.
"""

import os
import random


def count(default):
    return int(os.environ.get("FAULT_ROUNDS") or default)


def chance():
    """A source of random numbers whose seed stands in the test's output."""
    seed = int(os.environ.get("FAULT_SEED") or random.SystemRandom().getrandbits(32))
    print(f"FAULT_SEED={seed}", flush=True)
    return random.Random(seed)
