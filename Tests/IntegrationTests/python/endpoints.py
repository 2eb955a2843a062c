"""What both SDK scripts share: reading the endpoints and failing with a clear message."""

import json
import sys


def read_endpoints():
    """The endpoints JSON of `session-pool simulate`, from the first argument or from standard input."""
    text = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "-" else sys.stdin.readline()
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        fail(f"the endpoints are not JSON ({error}): {text[:200]!r}")


def fail(message):
    """Ends the script with status 1."""
    print(f"FAILED: {message}", file=sys.stderr)
    sys.exit(1)


def check(condition, message):
    """Fails unless the condition holds. Unlike `assert` it also works under `python -O`."""
    if not condition:
        fail(message)


def passed(name):
    """Reports a step, so that a failure shows how far the script came."""
    print(f"ok: {name}", flush=True)
