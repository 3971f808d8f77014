"""What identity refuses, one English line each."""

from __future__ import annotations

from finsage.errors import Conflict, Forbidden, Invalid, Limited, NotFound, Unauthenticated


class WrongCredentials(Unauthenticated):
    """The e-mail address or the password is wrong."""


class SessionEnded(Unauthenticated):
    """This session has ended; sign in again."""


class InvalidToken(Unauthenticated):
    """The token is not valid here, or no longer."""


class TooManyAttempts(Limited):
    """Too many failed sign-ins; wait before the next one."""


class RegistrationClosed(Forbidden):
    """This installation takes no new registrations."""


class InsecureTransport(Forbidden):
    """Signing in over plain HTTP is refused."""


class CsrfRefused(Forbidden):
    """The request does not prove that it comes from FinSage's own pages."""


class WeakPassword(Invalid):
    """The password is too easy to guess."""


class WrongPassword(Invalid):
    """The current password is wrong."""


class EmailTaken(Conflict):
    """This e-mail address is already registered."""


class RefreshRace(Conflict):
    """This refresh token was exchanged a moment ago by another request."""


class NoSuchSession(NotFound):
    """There is no such session."""


class UnknownUser(NotFound):
    """There is no such user."""


class WhichUser(Conflict):
    """Several people have accounts here; say for whom."""
