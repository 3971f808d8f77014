"""The pure core: what was bought, what it is worth, what it earned.

Everything here is a function of its arguments. There is no clock, no file, no network and no float in a sum of money;
the only things imported are the standard library, numpy and ``finsage.errors``. One file holds one notion, from
``money`` (exact arithmetic) through ``transaction``, ``booking``, ``lot`` and ``ledger`` (the fold) to ``valuation``,
``returns``, ``risk`` and ``evaluation``, which puts them together.
"""
