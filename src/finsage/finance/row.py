"""How rows are made that come by the hundred thousand.

The constructor that a named tuple is given takes twice as long as that of the tuple beneath it, which takes the values
of all fields in their order. A row made so is a row like any other.
"""

from __future__ import annotations

row_of = tuple.__new__
