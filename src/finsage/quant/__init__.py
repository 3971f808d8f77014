"""Pure kernels that need scipy or a solver: estimation, simulation, optimisers. Arrays in, arrays out.

Slices above use them; there is no clock and no I/O, and nothing here knows a price source or a user. Every random draw
takes its seed.
"""
