"""The risk model: value at risk and expected shortfall of the forecast distribution, and the tests they must pass."""
