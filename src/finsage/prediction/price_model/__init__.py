"""The price model: what the log return over the coming days may be, as quantiles.

Members forecast the variance over the horizon, their geometric mean scales an asset's own past (filtered historical
simulation) and gradient-boosted quantiles of the whole market are mixed in. Every kernel works on all rows of a
history at once, so that a backtest and today's forecast are the same code.
"""
