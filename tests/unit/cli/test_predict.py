"""``finsage predict`` and ``finsage backtest``: a file in, the odds out, and what a wrong file is told."""

import json
import os
import re

import numpy as np
import pytest
from unit.prediction import bad_input
from unit.prediction.markets import days_of, garch_returns
from verbs import finsage

pytest.importorskip("lightgbm", reason="LightGBM cannot be loaded: libgomp1 is missing")


def closes(seed, rows=800):
    return 100 * np.exp(np.cumsum(garch_returns(rows, seed)))


@pytest.fixture
def series(tmp_path):
    file = tmp_path / "series.csv"
    file.write_text("date,close\n" + "".join(f"{d},{c:.6f}\n" for d, c in zip(days_of(800), closes(1), strict=True)))
    return file


@pytest.fixture
def prices(tmp_path):
    file = tmp_path / "prices.csv"
    rows = [
        (day, name, close)
        for seed, name in enumerate("ABC")
        for day, close in zip(days_of(1_150), closes(seed, 1_150), strict=True)
    ]
    file.write_text("date,symbol,close\n" + "".join(f"{day},{name},{close:.6f}\n" for day, name, close in rows))
    return file


def test_a_series_gives_the_odds_of_its_next_days(series):
    done = finsage("predict", series, "--horizon", 7, "--class", "fx", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["as_of"] == str(days_of(800)[-1])
    assert (found["horizon_days"], found["horizon_rows"], found["confidence_score"]) == (7, 5, None)
    levels = [float(level) for level in found["quantiles"]]
    assert levels == sorted(levels)
    assert {0.01, 0.025, 0.5, 0.975, 0.99} <= set(levels)
    prices = [float(price) for price in found["quantiles"].values()]
    assert prices == sorted(prices)
    assert all(isinstance(price, str) and "e" not in price for price in found["quantiles"].values())
    last = float(found["last_close"])
    for price, gain in zip(prices, found["return_quantiles"].values(), strict=True):
        assert price / last - 1 == pytest.approx(gain, abs=2e-6)
    assert found["es"]["0.95"] >= found["var"]["0.95"] > 0
    assert found["model"]["rung"] == "full"
    assert len(found["model"]["sha256"]) == 64
    assert found["data"] | {"sha256": ""} == {
        "rows": 799, "from": str(days_of(800)[1]), "to": str(days_of(800)[-1]), "calendar": "weekdays", "sha256": "",
    }  # fmt: skip
    assert finsage("predict", series, "--horizon", 7, "--class", "fx", "--json").stdout == done.stdout


def test_without_json_it_is_a_page_to_read(series):
    done = finsage("predict", series, "--horizon", 30)
    assert done.returncode == 0, done.stderr
    assert "50.0% at most" in done.stdout
    assert "(full), 799 returns since" in done.stdout


def test_several_assets_are_ranked(prices):
    done = finsage("predict", prices, "--joint", "--horizon", 7, "--json")
    assert done.returncode == 0, done.stderr
    assets = json.loads(done.stdout)["assets"]
    assert [one["symbol"] for one in assets] == ["A", "B", "C"]
    ranks = np.array([one["rank_probabilities"] for one in assets])
    assert ranks.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-9)
    assert ranks.sum(axis=0) == pytest.approx(np.full(5, 3 / 5), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "horizon", "told"),
    [
        ("date,close\n2024-01-02,1\n2024-01-03,0\n", 7, "line 3"),
        ("date,close\n2024-01-02,1\n2024-01-03,2\n", 7, "at least 30"),
        ("date,close\n" + "".join(f"{day},{value:.4f}\n" for day, value in zip(days_of(60), closes(1, 60), strict=True)), 400, "1 to 365"),
        ("date,close\n2024-01-02,1\n2098-01-03,2\n2024-01-03,\n", 7, "2 errors.\n  line 3, date: 2098-01-03 lies in the future.\n  line 4, close: There is no close;"),
        ("date,symbol,close,currency\n2024-01-02,A,1,EUR\n2024-01-03,A,2,USD\n", 7, "line 3, currency: A has closes in another"),
        ("date,symbol,close\n2024-01-02,A,1\n2024-01-02,B,2\n", 7, "--joint"),
        ("\0\0", 7, "not text"),
    ],
    ids=["zero", "short", "far", "future and blank", "two currencies", "two symbols", "no text"],
)  # fmt: skip
def test_a_wrong_file_is_told_where_and_why(tmp_path, text, horizon, told):
    file = tmp_path / "wrong.csv"
    file.write_text(text)
    done = finsage("predict", file, "--horizon", horizon)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"symbol,class\nclose,banana\n", "wrong.csv: there is no class 'banana'; it is one of equity, etf,"),
        (b"symbol,class\nclose\n", "there is no class ''"),
        (b"symbol,class\n\xff\xfe,fx\n", "wrong.csv is no CSV in UTF-8"),
        (b"name,class\nclose,fx\n", "needs the columns symbol,class"),
    ],
    ids=["unknown", "none", "no text", "other columns"],
)
def test_a_wrong_file_of_classes_is_told_where_and_why(tmp_path, series, content, told):
    file = tmp_path / "wrong.csv"
    file.write_bytes(content)
    done = finsage("predict", series, "--horizon", 7, "--classes", file)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert done.stdout == ""


def test_a_class_that_is_none_is_refused(series):
    done = finsage("predict", series, "--horizon", 7, "--class", "banana")
    assert done.returncode == 2, done.stderr
    assert "--class: there is no class 'banana'" in done.stderr


def test_a_backtest_shows_the_baselines_beside_the_model(prices, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # each process loads scipy, which costs more than its share of this
    done = finsage("backtest", prices, "--horizons", "1", "--rows", 100, "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["scores"]
    assert {row["method"] for row in rows} == {"finsage", "random-walk-EQ500", "GARCH-t"}
    assert {row["class"] for row in rows} == {None, "equity"}
    ours = next(row for row in rows if row["method"] == "finsage" and row["class"] is None)
    assert ours["n"] == 3 * 99
    low, high = ours["crps_skill"]["random-walk-EQ500"]["interval"]
    assert low <= ours["crps_skill"]["random-walk-EQ500"]["value"] <= high
    assert 0.5 < ours["coverage"]["0.8"] < 1


def test_a_backtest_of_too_little_says_what_is_missing(series):
    done = finsage("backtest", series, "--rows", 600)
    assert done.returncode == 2
    assert "close has 799 returns; 882 are needed" in done.stderr


def file_of(tmp_path, days, values):
    file = tmp_path / "bad.csv"
    file.write_text("date,close\n" + "".join(f"{day},{value:.6f}\n" for day, value in zip(days, values, strict=True)))
    return file


@pytest.mark.parametrize("name", bad_input.WARNED)
def test_what_is_strange_is_forecast_with_finite_figures_and_a_warning(tmp_path, name):
    (days, values), code = bad_input.WARNED[name]
    done = finsage("predict", file_of(tmp_path, days, values), "--horizon", 7, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert np.isfinite([float(price) for price in found["quantiles"].values()]).all()
    assert 0 <= found["var"]["0.95"] <= found["es"]["0.95"] <= 1
    assert code in {one["code"] for one in found["warnings"]}


def test_prices_beyond_belief_are_read_in_powers_of_ten(tmp_path):
    (days, values), _ = bad_input.WARNED["volatility of 1e12"]
    done = finsage("predict", file_of(tmp_path, days, values), "--horizon", 7)
    assert re.search(r"2\.5% at most \d\.\d{3}e-\d+\n", done.stdout)
    assert re.search(r"97\.5% at most \d\.\d{3}e\+\d+\n", done.stdout)
    assert not re.search(r"\d{20}", done.stdout)


def test_a_file_out_of_order_is_sorted_and_says_so(tmp_path):
    days, values = bad_input.DAYS[::-1], bad_input.WALK[::-1]
    turned = finsage("predict", file_of(tmp_path, days, values), "--horizon", 7, "--json")
    plain = finsage("predict", file_of(tmp_path, days[::-1], values[::-1]), "--horizon", 7, "--json")
    found, other = json.loads(turned.stdout), json.loads(plain.stdout)
    assert "unsorted" in {one["code"] for one in found["warnings"]}
    assert found["quantiles"] == other["quantiles"]


@pytest.mark.parametrize("name", bad_input.REFUSED)
def test_what_cannot_be_used_is_refused_with_the_reason(tmp_path, name):
    (days, values), said = bad_input.REFUSED[name]
    done = finsage("predict", file_of(tmp_path, days, values), "--horizon", 7)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_backtest_refuses_a_day_twice_and_one_to_come_too(tmp_path):
    for name in ("a close twice", "the future"):
        (days, values), said = bad_input.REFUSED[name]
        done = finsage("backtest", file_of(tmp_path, days, values))
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_forecasting_together_refuses_what_never_moved(tmp_path):
    file = tmp_path / "two.csv"
    rows = zip(days_of(300), closes(1, 300), strict=True)
    file.write_text("date,A,B\n" + "".join(f"{day},{close:.4f},1.00\n" for day, close in rows))
    done = finsage("predict", file, "--joint", "--horizon", 7)
    assert done.returncode == 2
    assert "B: The price is 1 at each of the last 300 closes" in done.stderr


@pytest.mark.parametrize("verb", [("predict", "--horizon", 7), ("backtest",)])
def test_a_file_of_nothing_but_its_first_line_is_refused(tmp_path, verb):
    file = tmp_path / "closes.csv"
    file.write_text("date,close\n")
    done = finsage(verb[0], file, *verb[1:])
    assert done.returncode == 2
    assert done.stderr == "finsage: The file has no closes below its first line.\n"
