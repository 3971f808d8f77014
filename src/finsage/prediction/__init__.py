"""Forecasts as distributions with a track record: price, risk and sentiment models, their backtest and scoreboard.

Kernels are pure: arrays and settings in, arrays out, no clock and no network. A forecast is never a direction.
"""
