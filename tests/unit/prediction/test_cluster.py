"""Backtests shared among the workers of a dask cluster are those made here, bit for bit."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
from unit.prediction.markets import small_market

from finsage.cli import backtest as verb
from finsage.prediction.backtest.walkforward import OURS, walk_forward

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
pytest.importorskip("lightgbm", reason="LightGBM cannot be loaded: libgomp1 is missing")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
TESTED = 60


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made


def test_two_workers_find_what_one_process_finds(cluster):
    histories, classes = small_market()
    walk = partial(walk_forward, histories, classes, (1, 7), seed=3, tested_rows=TESTED)
    here = walk()
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        there = walk(executor=client.get_executor())
    for one, other in zip(here, there, strict=True):
        assert (one.asset, one.horizon_days) == (other.asset, other.horizon_days)
        for method in one.quantiles:
            assert (one.quantiles[method] == other.quantiles[method]).all()
        assert (one.risk.value_at_risk == other.risk.value_at_risk).all()
    assert np.isfinite(there[0].quantiles[OURS]).all()


def test_the_command_line_shares_its_work_and_says_when_nobody_answers(cluster, tmp_path, monkeypatch, capsys):
    histories, _ = small_market(3)
    lines = ["date,symbol,close"]
    for name, one in histories.items():
        lines += [f"{day},{name},{close:.6f}" for day, close in zip(one.days, np.exp(one.log_closes), strict=True)]
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(lines))
    told = []
    for scheduler in (None, cluster.scheduler_address):
        verb.backtest(file, "1", "equity", None, TESTED, scheduler, json_output=True)
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    monkeypatch.setattr(verb, "_CONNECT_SECONDS", 0.2)
    with pytest.raises(verb.ClusterUnavailable, match="No dask scheduler answers"):
        verb.backtest(file, "1", "equity", None, TESTED, "tcp://127.0.0.1:9", json_output=True)
