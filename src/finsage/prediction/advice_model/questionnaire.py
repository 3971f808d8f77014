"""Ten questions, two scales, one profile, four limits; and what every other answer would have changed.

Tolerance is what somebody would sit out, capacity what they can afford to lose. Each is the mean of its five answers,
rounded down, and never above its deciding question: the fall that would be sat out, and the time there is. The profile
is the lower of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from finsage.errors import Fault, Invalid

Scale = Literal["tolerance", "capacity"]
POINTS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with five answers, the first worth one point, the last five."""

    code: str
    scale: Scale
    text: str
    answers: tuple[str, str, str, str, str]
    is_deciding: bool = False


QUESTIONS = (
    Question(
        "fall", "tolerance", "Which fall within a year would you sit out without selling?",
        ("5%", "10%", "20%", "30%", "45% or more"), is_deciding=True,
    ),
    Question(
        "reaction", "tolerance", "Your portfolio fell by 20% in three months. What do you do?",
        ("Sell everything", "Sell part of it", "Wait", "Go on saving as planned", "Buy more than planned"),
    ),
    Question(
        "range", "tolerance", "Between which results of a single year would you rather be?",
        ("−2% and +5%", "−8% and +12%", "−15% and +20%", "−25% and +32%", "−40% and +55%"),
    ),
    Question(
        "experience", "tolerance", "What have you held while its price fell?",
        ("Nothing but money in the bank", "Bonds, or funds of them", "Funds of shares", "Single shares",
         "Single shares or coins, through a fall of more than 30%"),
    ),
    Question(
        "aim", "tolerance", "What matters more to you?",
        ("Only that nothing is lost", "Mostly that little is lost", "Both alike", "Mostly what is gained",
         "Only what is gained over the years"),
    ),
    Question(
        "horizon", "capacity", "When will you need most of this money?",
        ("Within 3 years", "In 3 to 5 years", "In 6 to 10 years", "In 11 to 15 years", "Later, or never"),
        is_deciding=True,
    ),
    Question(
        "income", "capacity", "How certain is your income in the coming years?",
        ("There is none, or it ends soon", "It comes and goes", "It is likely to stay", "It is safe",
         "It is safe and more than I need"),
    ),
    Question(
        "obligations", "capacity", "How much of your income is spoken for: housing, debts, people who depend on you?",
        ("More than 70%", "50 to 70%", "35 to 50%", "20 to 35%", "Less than 20%"),
    ),
    Question(
        "reserve", "capacity", "How long could you live on money outside this portfolio?",
        ("Not at all", "About a month", "About three months", "About half a year", "A year or longer"),
    ),
    Question(
        "share", "capacity", "How much of all you own is in this portfolio?",
        ("More than 80%", "60 to 80%", "40 to 60%", "20 to 40%", "Less than 20%"),
    ),
)  # fmt: skip
CODES = tuple(question.code for question in QUESTIONS)
_YEARS_TO_POINTS = ((3.0, 1), (6.0, 2), (11.0, 3), (16.0, 4))


class InvalidAnswers(Invalid):
    """The ten questions are not all answered with 1 to 5."""


@dataclass(frozen=True, slots=True)
class ProfileLimits:
    """What a profile allows.

    Attributes:
        drawdown: the largest fall from a high before the goal that 95 % of paths stay above, a fraction.
        crypto: most of the value in crypto, a fraction.
        one_asset: most of the value in any one asset but money, a fraction.
        cash_months: least money, in months of spending.
    """

    drawdown: float
    crypto: float
    one_asset: float
    cash_months: float


LIMITS: Mapping[int, ProfileLimits] = {
    1: ProfileLimits(0.08, 0.00, 0.10, 6.0),
    2: ProfileLimits(0.15, 0.02, 0.15, 4.0),
    3: ProfileLimits(0.25, 0.05, 0.20, 3.0),
    4: ProfileLimits(0.35, 0.10, 0.25, 2.0),
    5: ProfileLimits(0.50, 0.20, 0.30, 1.0),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What the answers come to, each 1 to 5; ``level`` is the lower of the other two."""

    tolerance: int
    capacity: int

    @property
    def level(self) -> int:
        """The profile itself."""
        return min(self.tolerance, self.capacity)

    @property
    def limits(self) -> ProfileLimits:
        """What it allows."""
        return LIMITS[self.level]


@dataclass(frozen=True, slots=True)
class Change:
    """What another answer to one question would come to, with the limits that would then be others."""

    answer: int
    profile: Profile
    limits: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Trace:
    """One answer, how it counts, and every other answer to the same question.

    ``counted`` is below ``answer`` where the day of the goal says so (the question of the horizon).
    """

    question: Question
    answer: int
    counted: int
    changes: tuple[Change, ...]


def checked(answers: Mapping[str, int], prefix: str = "") -> dict[str, int]:
    """The answers in the order of the questions; ``prefix``: where in the request they stand.

    Raises:
        InvalidAnswers: one is missing, unknown or not 1 to 5.
    """
    faults = [Fault(f"{prefix}/answers/{code}", "there is no such question") for code in answers if code not in CODES]
    faults += [
        Fault(f"{prefix}/answers/{code}", "answer with 1 to 5, the number of one of the five answers")
        for code in CODES
        if answers.get(code) not in POINTS
    ]
    if faults:
        raise InvalidAnswers(faults=tuple(faults))
    return {code: answers[code] for code in CODES}


def counted(answers: Mapping[str, int], years: float | None) -> dict[str, int]:
    """The points of each answer; no goal is further away than it is.

    Args:
        answers: as given by ``checked``.
        years: until the money of the goal is needed; None without a goal.
    """
    points = dict(answers)
    if years is not None:
        points["horizon"] = min(points["horizon"], points_of_years(years))
    return points


def points_of_years(years: float) -> int:
    """The answer to the question of the horizon that so many years are."""
    return next((points for below, points in _YEARS_TO_POINTS if years < below), 5)


def profile_of(points: Mapping[str, int]) -> Profile:
    """Tolerance and capacity of all ten answers."""
    return Profile(_scale(points, "tolerance"), _scale(points, "capacity"))


def _scale(points: Mapping[str, int], scale: Scale) -> int:
    mine = [question for question in QUESTIONS if question.scale == scale]
    mean = sum(points[question.code] for question in mine) // len(mine)
    return min(mean, *(points[question.code] for question in mine if question.is_deciding))


def trace(answers: Mapping[str, int], years: float | None) -> list[Trace]:
    """For each question what any other answer to it would have changed; questions in their order."""
    points = counted(answers, years)
    now = profile_of(points)
    found = []
    for question in QUESTIONS:
        changes = []
        for answer in POINTS:
            if answer != answers[question.code]:
                other = profile_of(counted({**answers, question.code: answer}, years))
                changes.append(Change(answer, other, _moved(now.limits, other.limits)))
        found.append(Trace(question, answers[question.code], points[question.code], tuple(changes)))
    return found


def _moved(before: ProfileLimits, after: ProfileLimits) -> dict[str, tuple[float, float]]:
    pairs = ((one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(ProfileLimits))
    return {name: (old, new) for name, old, new in pairs if old != new}
