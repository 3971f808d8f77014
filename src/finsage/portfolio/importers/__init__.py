"""Bytes of a broker's or exchange's file -> drafts of transactions, with an error for each row that cannot be read.

Pure: no database, no web, no clock. A format is data (``formats/<name>.py``: signature, columns, type map, locale);
reading, numbers, days, grouping and the checks are shared. ``parsing.parse`` is the door.
"""
