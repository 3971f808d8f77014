"""The SQL of the market slice.

Row-level security decides what is seen; the tenants are named once more in each query so that its indexes are
used.
"""
