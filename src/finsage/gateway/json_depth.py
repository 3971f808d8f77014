"""How deeply a JSON text nests, found without parsing it."""

from __future__ import annotations

_KEPT = b'[]{}"'
_DROPPED = bytes(byte for byte in range(256) if byte not in _KEPT)


def is_deeper_than(text: bytes, levels: int) -> bool:
    """Whether the brackets outside strings nest deeper than ``levels``, or do not match each other at all.

    Works by whole-text replacements, each a single pass in C: a hostile 16 MiB must not hold the event loop.
    """
    if text.count(b"[") + text.count(b"{") <= levels:
        return False
    # Pairs first, then the escaped quotes: what is left of a run of backslashes escapes the character behind it.
    text = text.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _DROPPED)
    # Two adjacent quotes are a string without brackets, or the gap between two strings; parity survives their removal.
    text = text.replace(b'""', b"")
    if b'"' in text:
        text = b"".join(text.split(b'"')[::2])
    for _ in range(levels):
        if not text:
            return False
        text = text.replace(b"[]", b"").replace(b"{}", b"")
    return bool(text)
