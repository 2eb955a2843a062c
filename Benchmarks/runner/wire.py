"""What goes over the wire: the same request and the same answers for every client."""

import json


def _filled(document: dict, field: str, size: int) -> bytes:
    """The document as JSON of exactly `size` bytes: `field` is filled up with words."""
    words = "the quick brown fox jumps over the lazy dog and runs on "
    bare = len(json.dumps({**document, field: ""}))
    text = (words * (size // len(words) + 1))[: size - bare]
    return json.dumps({**document, field: text}).encode()


REQUEST_BODY = _filled({"model": "bench-model", "temperature": 0.2, "prompt": ""}, "prompt", 1024)
ANSWER_BODY = _filled({"id": "chatcmpl-0123456789", "object": "chat.completion", "text": ""}, "text", 604)

# What a client of an AI provider sends besides what HTTP needs: about 265 bytes in the request.
REQUEST_HEADERS = [
    "Content-Type: application/json",
    "Accept: application/json",
    "Authorization: Bearer " + "eyJhbGciOiJIUzI1NiJ9" * 7,
    "X-Request-ID: 6f9619ff-8b86-d011-b42d-00cf4fc964ff",
]
