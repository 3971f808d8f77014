"""A verb of the command line, run in this process: a fresh interpreter loads scipy for seconds."""

from __future__ import annotations

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from typing import NamedTuple
from unittest.mock import patch

from finsage.cli.main import main


class Done(NamedTuple):
    """How a verb ended and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def finsage(*words: object, given: bytes = b"") -> Done:
    """Run ``finsage`` with these words and this standard input; a traceback is the test's own failure."""
    out, err, stdin = (TextIOWrapper(BytesIO(data), "utf-8", write_through=True) for data in (b"", b"", given))
    code: object = 0
    with (
        patch.object(sys, "argv", ["finsage", *map(str, words)]),
        patch.object(sys, "stdin", stdin),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert code is None or isinstance(code, int), code
    written, told = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    return Done(code or 0, written, told)
