"""Pure kernels that need scipy or a solver: estimation, simulation, optimisers. Arrays in, arrays out, no clock, no I/O.

Slices above use them; nothing here knows a price source, a user or a database. Every random draw takes its seed.
"""
