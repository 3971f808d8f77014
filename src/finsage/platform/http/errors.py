"""What can go wrong with a request to the outside, one class each, because callers and metrics tell them apart."""

from __future__ import annotations

from finsage.errors import Invalid, Limited, Unavailable, Upstream


class ForbiddenAddress(Invalid):
    """FinSage does not fetch from this address."""


class Unreachable(Upstream):
    """The service outside could not be reached, or broke off."""


class TooSlow(Upstream):
    """The service outside did not finish its answer in time."""


class AnswerTooLarge(Upstream):
    """The service outside sent more than FinSage takes."""


class AnswerUnreadable(Upstream):
    """The service outside sent bytes that cannot be decoded."""


class ServiceFailed(Upstream):
    """The service outside reports a fault of its own."""

    status: int


class RequestRefused(Upstream):
    """The service outside refuses this request."""

    status: int


class OutsideLimited(Limited):
    """The service outside wants to be asked less often."""


class CircuitOpen(Unavailable):
    """The service outside failed repeatedly and is left alone for a while."""


class OutsideBusy(Unavailable):
    """Too many requests to this service outside are under way already."""
