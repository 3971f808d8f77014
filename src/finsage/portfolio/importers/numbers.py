"""Numbers as people and programs write them, read exactly.

Which sign separates decimals is decided once per column, never per cell: the last separator of ``1.234,50`` is the
decimal one, ``1,234`` says nothing and is read as the other rows of its column decide. A column that never decides is
asked about. Grouping is checked (``1,5`` is not a number whose decimal sign is the point), so a column that mixes both
signs yields errors instead of wrong amounts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal

from finsage.portfolio.importers.errors import CellError

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_BODY = re.compile(r"(?P<digits>[.,]*\d[\d.,]*)(?P<exponent>[eE][+-]?\d{1,4})?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:s?nan\d*|inf(?:inity)?|∞)", re.IGNORECASE)
_GROUPS = {".": re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII), ",": re.compile(r"\d{1,3}(?:\.\d{3})+", re.ASCII)}
_IGNORED = dict.fromkeys(map(ord, " \t\u00a0\u202f\u2009\u2007'\u2019`"))
_MINUS = {ord("\u2212"): "-", ord("\u2013"): "-"}
_OTHER = {".": ",", ",": "."}
_SCALE_MAX = 36
_DIGITS_BEFORE_MAX = 60
_CELL_MAX = 200
_LOSSLESS = Context(prec=_CELL_MAX + _DIGITS_BEFORE_MAX)


@dataclass(slots=True)
class Locale:
    """What is known of a column's decimal sign while its cells go by.

    ``decimal`` is ``.`` or ``,`` or unknown. ``fixed`` means the format or the caller says so, ``is_grouped`` that
    thousands are set apart even in whole numbers. ``preferred`` is the sign a doubtful cell is read with when
    no row decides.
    """

    decimal: str | None = None
    fixed: bool = False
    is_grouped: bool = False
    preferred: str | None = None
    contradicted: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether looking at further cells can change nothing."""
        return self.fixed or self.contradicted

    def look_at(self, cell: str) -> None:
        """Learn from one cell. Cells that are no numbers teach nothing; they are refused when read."""
        if self.fixed or ("." not in cell and "," not in cell):
            return
        if self.decimal is not None and cell.count(self.decimal) <= 1 and _OTHER[self.decimal] not in cell:
            return
        sign = decimal_sign(cell)
        if sign is None:
            return
        if self.decimal is None:
            self.decimal = sign
        elif sign != self.decimal:
            self.contradicted = True


def decimal_sign(cell: str) -> str | None:
    """The decimal sign a cell proves (``.`` or ``,``), or None if it can be read both ways or holds no number."""
    bare = _strip(cell)[0]
    matched = _BODY.fullmatch(bare)
    if matched is None:
        return None
    digits = matched["digits"]
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return None
    sign = digits[last]
    other = _OTHER[sign]
    if other in digits:
        return sign
    if digits.count(sign) > 1:
        return other
    if matched["exponent"]:
        return sign
    before, after = digits[:last], digits[last + 1 :]
    is_doubtful = len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
    return None if is_doubtful and not _is_grouped_otherwise(cell) else sign


def _is_grouped_otherwise(cell: str) -> bool:
    """Whether thousands are set apart by blanks or apostrophes, which leaves point and comma to the decimals."""
    return re.search(r"\d[\u00a0\u202f\u2009' \u2019`]\d{3}", cell, re.ASCII) is not None


def _strip(cell: str) -> tuple[str, bool]:
    """Take off currency signs, blanks, apostrophes and the sign; say whether the number is negative."""
    bare = cell.translate(_MINUS).translate(_IGNORED)
    if not bare.isascii():
        bare = "".join(c for c in bare if unicodedata.category(c) != "Sc")
    bare = bare.replace("$", "")
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, negative = bare[1:-1], True
    if bare.startswith(("-", "+")):
        negative ^= bare[0] == "-"
        bare = bare[1:]
    elif bare.endswith(("-", "+")):
        negative ^= bare[-1] == "-"
        bare = bare[:-1]
    return bare, negative


def read_number(cell: str, locale: Locale) -> Decimal:
    """The exact value of a cell.

    Args: cell: non-empty text. locale: what its column has settled on.
    Returns: a finite Decimal with at most 36 decimal places, absolute value below 1e60.
    Raises: CellError: ``not_a_number``, ``not_finite``, ``ambiguous_number``, ``decimal_sign``,
        ``precision_exceeded`` or ``out_of_range``; the message says how to mend the cell.
    """
    if len(cell) <= 24 and _PLAIN.fullmatch(cell) and _point_is_decimal(cell, locale):
        return Decimal(cell)
    if len(cell) > _CELL_MAX:
        raise CellError("not_a_number", f"A number of {len(cell)} characters is not plausible; shorten it.")
    if _NOT_FINITE.fullmatch(cell.strip()):
        raise CellError("not_finite", f"'{cell}' is not a finite number; give the amount, or leave the cell empty.")
    bare, negative = _strip(cell)
    matched = _BODY.fullmatch(bare)
    if matched is None:
        raise CellError("not_a_number", f"'{_shown(cell)}' is not a number; write it with digits only, like 1234.50.")
    digits = _plain_digits(matched["digits"], cell, locale)
    value = Decimal(digits + (matched["exponent"] or ""))
    _check_range(value, cell)
    return -value if negative and value else value


def _point_is_decimal(cell: str, locale: Locale) -> bool:
    """Whether a plain cell may be read as Python reads it."""
    if "." not in cell:
        return True
    return locale.decimal == "." and (locale.fixed or not locale.contradicted)


def _plain_digits(digits: str, cell: str, locale: Locale) -> str:
    """Digits with a point for the decimals and no grouping."""
    if "." not in digits and "," not in digits:
        return digits
    decimal = _decimal_for(cell, locale)
    other = _OTHER[decimal]
    whole, _, fraction = digits.partition(decimal)
    is_grouped = other in whole
    if decimal in fraction or other in fraction or (is_grouped and not _GROUPS[decimal].fullmatch(whole)):
        raise _wrong_sign(cell, decimal)
    if is_grouped and locale.fixed and decimal == "." and not (fraction or locale.is_grouped):
        # A machine-written file does not group; after a spreadsheet re-saved it, 1,234 may well mean 1.234.
        raise _wrong_sign(cell, decimal)
    return f"{whole.replace(other, '') or '0'}.{fraction}" if fraction else whole.replace(other, "") or "0"


def _decimal_for(cell: str, locale: Locale) -> str:
    """The decimal sign this cell is read with."""
    if locale.fixed and locale.decimal is not None:
        return locale.decimal
    is_doubtful = decimal_sign(cell) is None
    if locale.contradicted and is_doubtful:
        raise CellError(
            "ambiguous_number",
            f"'{cell}' can be read two ways and its column uses both signs; make the column uniform.",
        )
    decimal = locale.decimal
    if decimal is None and is_doubtful and locale.preferred and locale.preferred in cell:
        decimal = locale.preferred
    if decimal is None:
        plain, split = re.sub(r"[.,]", "", cell), cell.replace(",", ".")
        raise CellError(
            "ambiguous_number",
            f"'{cell}' can mean {plain} or {split} and no other row of the column decides; "
            "say which sign separates decimals (decimal '.' or ',').",
        )
    return decimal


def _wrong_sign(cell: str, decimal: str) -> CellError:
    name = "point" if decimal == "." else "comma"
    return CellError(
        "decimal_sign",
        f"'{_shown(cell)}' does not fit: decimals of this column are separated by a {name}. "
        "Correct the cell, or say which sign the file uses (decimal '.' or ',').",
    )


def _check_range(value: Decimal, cell: str) -> None:
    """Refuse what the ledger cannot hold exactly."""
    if value and value.adjusted() >= _DIGITS_BEFORE_MAX:
        raise CellError("out_of_range", f"'{_shown(cell)}' is 1e60 or more; amounts stay below that.")
    if value and _places(value) > _SCALE_MAX:
        raise CellError(
            "precision_exceeded", f"'{_shown(cell)}' has more than 36 decimal places; round it before importing."
        )


def _places(value: Decimal) -> int:
    """Decimal places that are really used; trailing zeros do not count."""
    return -int(value.normalize(_LOSSLESS).as_tuple().exponent)


def _shown(cell: str) -> str:
    """A cell as quoted in a message."""
    return cell if len(cell) <= 60 else f"{cell[:57]}..."
