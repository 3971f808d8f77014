"""The formats FinSage knows, each in a file of its own."""

from __future__ import annotations

from finsage.portfolio.importers.format import Format
from finsage.portfolio.importers.formats.binance import BINANCE
from finsage.portfolio.importers.formats.bitstamp import BITSTAMP
from finsage.portfolio.importers.formats.coinbase_pro import COINBASE_PRO
from finsage.portfolio.importers.formats.coinledger import COINLEDGER
from finsage.portfolio.importers.formats.cointracking import COINTRACKING
from finsage.portfolio.importers.formats.crypto_com import CRYPTO_COM
from finsage.portfolio.importers.formats.finsage_json import FINSAGE_JSON
from finsage.portfolio.importers.formats.french_broker import FRENCH_BROKER
from finsage.portfolio.importers.formats.ghostfolio import GHOSTFOLIO
from finsage.portfolio.importers.formats.ghostfolio_json import GHOSTFOLIO_JSON
from finsage.portfolio.importers.formats.ibkr import IBKR_CSV, IBKR_XML
from finsage.portfolio.importers.formats.kucoin import KUCOIN, KUCOIN_ORDERS
from finsage.portfolio.importers.formats.nexo import NEXO
from finsage.portfolio.importers.formats.portfolio_performance import PORTFOLIO_PERFORMANCE
from finsage.portfolio.importers.formats.rotki import ROTKI_EVENTS, ROTKI_TRADES
from finsage.portfolio.importers.formats.schwab import SCHWAB
from finsage.portfolio.importers.formats.sure import SURE, SURE_EXPORT
from finsage.portfolio.importers.formats.trade_republic import TRADE_REPUBLIC
from finsage.portfolio.importers.formats.uphold import UPHOLD
from finsage.portfolio.importers.formats.wealthfolio import WEALTHFOLIO
from finsage.portfolio.importers.native import NATIVE

FORMATS: dict[str, Format] = {
    form.id: form
    for form in (
        NATIVE, FINSAGE_JSON, GHOSTFOLIO, GHOSTFOLIO_JSON, PORTFOLIO_PERFORMANCE, TRADE_REPUBLIC, WEALTHFOLIO, SCHWAB,
        IBKR_CSV, IBKR_XML, COINBASE_PRO, BINANCE, COINTRACKING, CRYPTO_COM, NEXO, COINLEDGER, ROTKI_TRADES,
        ROTKI_EVENTS, KUCOIN, KUCOIN_ORDERS, BITSTAMP, UPHOLD, SURE, SURE_EXPORT, FRENCH_BROKER,
    )
}  # fmt: skip
