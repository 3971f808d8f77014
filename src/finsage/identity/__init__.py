"""Users, their households, and the proofs that somebody is who they say.

A person signs in with a password and gets either a browser session (an opaque cookie) or a family of API tokens (a
short signed access token and a rotating refresh token). Both are rows of ``sessions``, which the person can list and
revoke. Everything above this slice receives the outcome as a ``Caller`` and never asks again. The public door is
``service``.
"""
