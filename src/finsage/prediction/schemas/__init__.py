"""Wire shapes of this slice. Amounts are strings in plain notation; returns, risk and probabilities are fractions."""
