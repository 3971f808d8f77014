"""Field types that several wire shapes of the slice share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from finsage.platform.wire import Text

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
LotMethod = Literal["fifo", "lifo", "hifo", "average", "specific"]
LotScope = Literal["account", "portfolio"]
AllocationKey = Literal["asset", "asset_class", "currency", "account"]
Oversell = Literal["missing", "short"]
Cash = Literal["tracked", "implied"]
Account = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Symbol = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Tag = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
