"""Rolling-origin backtests: forecasts made as they would have been, scored against what came and naive baselines."""
