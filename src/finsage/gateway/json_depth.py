"""How deeply a JSON text nests, found without parsing it."""

from __future__ import annotations

import numpy as np

_KEPT = b'[]{}"'
# Every opening bracket becomes 1 and every closing one 255, which is -1 in eight bits.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_DROPPED = bytes(byte for byte in range(256) if byte not in _KEPT)


def is_deeper_than(text: bytes, levels: int) -> bool:
    """Whether the brackets outside strings nest deeper than ``levels``; whether they match is the parser's business.

    Works by passes over the whole text in C: a hostile 16 MiB must not hold the event loop.
    """
    if text.count(b"[") + text.count(b"{") <= levels:
        return False
    # Pairs first, then the escaped quotes: what is left of a run of backslashes escapes the character behind it.
    text = text.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_STEPS, _DROPPED)
    # Two adjacent quotes are a string without brackets, or the gap between two strings; parity survives their removal.
    text = text.replace(b'""', b"")
    if b'"' in text:
        text = b"".join(text.split(b'"')[::2])
    depths = np.cumsum(np.frombuffer(text, np.int8), dtype=np.int32)
    return bool(depths.size and depths.max() > levels)
