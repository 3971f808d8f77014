"""Ten answers to a profile and its limits, and every other answer traced."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.prediction.advice_model import questionnaire as q
from finsage.prediction.advice_model.premia import PREMIA

ANSWERS = st.fixed_dictionaries({code: st.integers(1, 5) for code in q.CODES})
BEST = dict.fromkeys(q.CODES, 5)


def limits(answers, years=None):
    return q.profile_of(q.counted(answers, years)).limits


def test_there_are_ten_questions_with_five_answers_each():
    assert len(q.QUESTIONS) == len(set(q.CODES)) == 10
    assert all(len(set(question.answers)) == 5 for question in q.QUESTIONS)
    assert {question.code for question in q.QUESTIONS if question.is_deciding} == {"fall", "horizon"}


def test_the_limits_are_those_of_the_design():
    found = [(one.drawdown, one.crypto, one.one_asset, one.cash_months) for one in q.LIMITS.values()]
    assert found == [
        (0.08, 0.0, 0.10, 6), (0.15, 0.02, 0.15, 4), (0.25, 0.05, 0.20, 3), (0.35, 0.10, 0.25, 2), (0.50, 0.20, 0.30, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tolerance", "capacity", "level"),
    [
        ((5, 5, 5, 5, 5), (5, 5, 5, 5, 5), 5),
        ((5, 5, 5, 5, 4), (5, 5, 5, 5, 5), 4),  # 24 / 5
        ((2, 5, 5, 5, 5), (5, 5, 5, 5, 5), 2),  # the fall decides
        ((5, 5, 5, 5, 5), (1, 5, 5, 5, 5), 1),  # the horizon decides
        ((3, 3, 3, 3, 3), (4, 2, 2, 2, 2), 2),  # 12 / 5
        ((4, 3, 3, 3, 2), (5, 5, 5, 5, 5), 3),  # 15 / 5
        ((1, 1, 1, 1, 1), (5, 5, 5, 5, 5), 1),
    ],
)
def test_the_profile_is_the_lower_of_two_scales(tolerance, capacity, level):
    assert q.profile_of(dict(zip(q.CODES, (*tolerance, *capacity), strict=True))).level == level


@pytest.mark.parametrize("code", q.CODES)
def test_any_one_answer_changes_limits_and_the_trace_says_which(code):
    """From the boldest household each question alone moves every limit, and the trace is what really happens."""
    [traced] = [one for one in q.trace(BEST, None) if one.question.code == code]
    assert [change.answer for change in traced.changes] == [1, 2, 3, 4]
    for change in traced.changes:
        after = limits({**BEST, code: change.answer})
        assert set(change.limits) == {"drawdown", "crypto", "one_asset", "cash_months"}
        assert all(pair == (getattr(q.LIMITS[5], name), getattr(after, name)) for name, pair in change.limits.items())


@given(ANSWERS, st.sampled_from([None, 1.0, 4.0, 7.0, 12.0, 30.0]))
def test_the_trace_of_any_answers_is_what_really_happens(answers, years):
    before = limits(answers, years)
    for traced in q.trace(answers, years):
        for change in traced.changes:
            after = limits({**answers, traced.question.code: change.answer}, years)
            moved = {
                name: (getattr(before, name), getattr(after, name))
                for name in ("drawdown", "crypto", "one_asset", "cash_months")
                if getattr(before, name) != getattr(after, name)
            }
            assert dict(change.limits) == moved


@given(ANSWERS, st.sampled_from(q.CODES))
def test_a_bolder_answer_never_tightens_a_limit(answers, code):
    if answers[code] < 5:
        before, after = limits(answers), limits({**answers, code: answers[code] + 1})
        assert after.drawdown >= before.drawdown
        assert after.crypto >= before.crypto
        assert after.one_asset >= before.one_asset
        assert after.cash_months <= before.cash_months


@pytest.mark.parametrize(
    ("years", "points"), [(0.1, 1), (2.9, 1), (3, 2), (5.9, 2), (6, 3), (10.9, 3), (11, 4), (16, 5)]
)
def test_a_goal_is_no_further_away_than_it_is(years, points):
    assert q.counted(BEST, years)["horizon"] == points
    assert q.counted({**BEST, "horizon": 1}, years)["horizon"] == 1


@pytest.mark.parametrize(
    ("change", "place"), [({"fall": 0}, "/answers/fall"), ({"aim": 6}, "/answers/aim"), ({"more": 3}, "/answers/more")]
)
def test_answers_that_are_none_are_refused_where_they_stand(change, place):
    with pytest.raises(q.InvalidAnswers) as refused:
        q.checked({**BEST, **change})
    assert place in [fault.pointer for fault in refused.value.faults]
    with pytest.raises(q.InvalidAnswers):
        q.checked({code: 3 for code in q.CODES if code != "share"})


def test_the_page_has_every_question_answer_and_premium():
    page = (Path(__file__).parents[3] / "docs/concepts/advice.md").read_text()
    for question in q.QUESTIONS:
        assert f"| `{question.code}` | {question.text} | {' | '.join(question.answers)} |" in page
    for name, one in PREMIA.items():
        assert f"| {name} | {100 * one.premium:.1f} % | {one.source} |" in page
    for level, one in q.LIMITS.items():
        assert f"| {level} | {one.drawdown:.0%} | {one.crypto:.0%} | {one.one_asset:.0%} |".replace("%", " %") in page
