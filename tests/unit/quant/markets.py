"""Made-up returns that the optimisers and their oracles saw alike."""

import numpy as np


def made(rows=500, count=8, seed=7):
    """One factor and noise of each asset's own, the later assets the wilder."""
    random = np.random.default_rng(seed)
    factor = random.standard_normal(rows) * 0.008
    loads = np.linspace(0.2, 1.6, count)
    own = random.standard_normal((rows, count)) * np.linspace(0.004, 0.02, count)
    return factor[:, None] * loads + own + 0.0002
