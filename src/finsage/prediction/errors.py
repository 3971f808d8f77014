"""What the prediction slice refuses, one English line each."""

from __future__ import annotations

from finsage.errors import Conflict, Invalid, NotFound, Unavailable


class PredictionNotFound(NotFound):
    """There is no such forecast."""


class ScoreboardClosed(NotFound):
    """The scoreboard is not open to everyone."""


class NothingToForecast(Invalid):
    """There is nothing in this portfolio that could be forecast."""


class NeverMoved(Invalid):
    """A price that never moved says nothing about what it may do."""


class ModelNotFound(NotFound):
    """There is no such model."""


class ModelExists(Conflict):
    """A model of this family and version is there already."""


class NothingToPromote(Conflict):
    """There is no model to promote or to go back to."""


class ModelUnsound(Unavailable):
    """A model in the file store is not what was added."""


class GoalNotFound(NotFound):
    """There is no such goal."""


class InvalidGoal(Invalid):
    """A goal has an amount above zero and a day to come."""


class NoRiskProfile(Conflict):
    """The ten questions of this portfolio are not answered yet."""


class AdviceNotFound(NotFound):
    """There is no such advice."""


class InvalidWish(Invalid):
    """There is no such portfolio to look at."""
