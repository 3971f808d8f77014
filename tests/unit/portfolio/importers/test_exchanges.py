"""Formats of exchanges and coin trackers, with small files written for these tests."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.importers.rows import RowStatus

D = Decimal


def read(*lines: str, **options):
    return parse("\n".join(lines).encode(), options=Options(**options))


def drafts_of(parsed):
    return [draft for row in parsed.rows for draft in row.drafts]


def errors_of(parsed):
    return [(error.line, error.column, error.code) for error in parsed.errors]


BINANCE = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"


def test_binance_joins_legs_of_one_second_into_one_trade():
    parsed = read(
        BINANCE,
        "1,2024-01-01 10:00:00,Spot,Buy,ETH,0.5,",
        "1,2024-01-01 10:00:00,Spot,Deposit,EUR,1000,",
        "1,2024-01-01 10:00:00,Spot,Buy,EUR,-600,",
        "1,2024-01-01 10:00:00,Spot,Fee,BNB,-0.001,",
        "1,2024-01-01 10:00:00,Spot,Fee,ETH,-0.0005,",
        "1,2024-01-01 10:00:00,Spot,Buy,EUR,-400,",
        "1,2024-01-01 10:00:00,Spot,Buy,ETH,0.3,",
        "2,2024-01-01 10:00:00,Spot,Transaction Spend,ETH,-1,",
        "2,2024-01-01 10:00:00,Spot,Transaction Buy,BTC,0.05,",
    )
    assert parsed.errors == []
    buy, fee, deposit, swap = drafts_of(parsed)
    assert (buy.type, buy.asset, buy.quantity, buy.gross, buy.currency) == (T.BUY, "ETH", D("0.8"), D(1000), "EUR")
    assert (buy.fee, buy.fee_currency) == (D("0.001"), "BNB")
    assert (fee.type, fee.gross, fee.fee, fee.fee_currency) == (T.WITHDRAWAL, D(0), D("0.0005"), "ETH")
    assert [asset.symbol for asset in parsed.rows[0].assets] == ["ETH", "BNB"]
    assert (deposit.type, deposit.gross) == (T.DEPOSIT, D(1000))
    assert (swap.type, swap.asset, swap.to_asset, swap.to_quantity) == (T.SWAP, "ETH", "BTC", D("0.05"))
    assert [row.message for row in parsed.rows if not row.entries] == ["Part of the transaction on line 2."] * 5 + [
        "Part of the transaction on line 9."
    ]


def test_binance_refuses_what_the_file_does_not_tell_apart():
    parsed = read(
        BINANCE,
        "1,2024-01-01 10:00:00,Spot,Buy,EUR,-10,",
        "1,2024-01-01 10:00:00,Spot,Buy,ETH,0.5,",
        "1,2024-01-01 10:00:00,Spot,Buy,BTC,0.1,",
        "1,2024-01-01 10:00:01,Spot,Sell,BTC,-0.1,",
        "1,,Spot,Withdraw,BTC,-0.05,",
        "1,2024-01-01 10:00:02,Spot,Deposit,,,",
        "1,2024-01-01 10:00:03,Spot,ABC,ETH,-15,",
        "1,2024-01-01 10:00:04,Spot,Deposit,ETH,-15,",
        '1,2024-01-01 10:00:05,Spot,Deposit,ETH,"1,234",',
    )
    assert errors_of(parsed) == [
        (2, "", "ambiguous_group"),
        (3, "", "ambiguous_group"),
        (4, "", "ambiguous_group"),
        (5, "", "missing_leg"),
        (6, "UTC_Time", "missing"),
        (7, "Coin", "missing"),
        (7, "Change", "missing"),
        (8, "Operation", "unknown_type"),
        (9, "Change", "unexpected_sign"),
        (10, "Change", "decimal_sign"),
    ]
    assert drafts_of(parsed) == []


def test_binance_income_and_moves_inside():
    parsed = read(
        BINANCE,
        "1,2024-01-01 10:00:00,Spot,Simple Earn Flexible Interest,BUSD,0.00003634,",
        "1,2024-01-01 10:00:00,Spot,Simple Earn Flexible Subscription,BUSD,-0.00003634,",
        "1,2024-01-01 11:00:00,USD-MFutures,Realized Profit and Loss,USDT,-0.5,",
        "1,2024-01-01 12:00:00,USD-MFutures,Funding Fee,USDT,-0.1,",
        "1,2024-01-01 13:00:00,Spot,Withdraw,BTC,-0.1,",
        "1,2024-01-01 14:00:00,Spot,Buy Crypto,BUSD,5,",
    )
    assert [draft.type for draft in drafts_of(parsed)] == [
        T.REWARD,
        T.SELL,
        T.WITHDRAWAL,
        T.TRANSFER_OUT,
        T.TRANSFER_IN,
    ]
    assert parsed.count(RowStatus.SKIPPED) == 1
    assert parsed.rows[-1].status is RowStatus.WARNING


def test_legs_far_apart_still_find_each_other_and_memory_is_bounded():
    filler = [f"1,2024-01-02 {i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d},Spot,Deposit,EUR,1," for i in range(5000)]
    parsed = read(
        BINANCE, "1,2024-01-01 10:00:00,Spot,Buy,EUR,-10,", *filler, "1,2024-01-01 10:00:00,Spot,Buy,ETH,0.5,"
    )
    assert parsed.errors == []
    assert parsed.rows[0].drafts[0].type is T.BUY


COINBASE = "Portfolio,Type,Timestamp,Amount,Balance,Amount/balance unit,Transfer id,Trade id,Order id"


def test_coinbase_pro_joins_the_fills_of_an_order():
    parsed = read(
        COINBASE,
        "default,deposit,2018-03-15T10:42:31.215Z,2.5,2.5,BTC,t1,,",
        "default,match,2018-03-15T10:55:12.843Z,52.3,52.3,ETH,,1,o1",
        "default,match,2018-03-15T10:55:12.843Z,-1.1,1.4,BTC,,1,o1",
        "default,fee,2018-03-15T10:55:12.843Z,-0.003,1.397,BTC,,1,o1",
        "default,match,2018-03-15T10:55:13Z,10,62.3,ETH,,2,o1",
        "default,match,2018-03-15T10:55:13Z,-0.2,1.197,BTC,,2,o1",
        "default,match,2018-03-16T10:55:13Z,-1,61.3,ETH,,3,o2",
        "default,withdrawal,2018-03-17T10:55:13Z,1,61.3,ETH,t2,,",
    )
    deposit, swap = drafts_of(parsed)
    assert deposit.type is T.TRANSFER_IN
    assert (swap.quantity, swap.to_quantity, swap.fee, swap.fee_currency) == (D("1.3"), D("62.3"), D("0.003"), "BTC")
    assert parsed.rows[1].external_id == "o1/2018-03-15"
    assert errors_of(parsed) == [(8, "", "missing_leg"), (9, "Amount", "unexpected_sign")]


def test_a_fill_that_cannot_be_read_bars_the_order_above_it():
    legs = (
        "default,match,2018-03-15T10:55:12.843Z,52.3,52.3,ETH,,1,o1",
        "default,match,2018-03-15T10:55:12.843Z,-1.1,1.4,BTC,,1,o1",
    )
    cut_off = parse("\n".join((COINBASE, *legs, "default,fee,2018-03")).encode())
    damaged = parse("\n".join((COINBASE, *legs, 'default,"fee"x,2018-03', legs[0].replace("o1", "o2"), "")).encode())
    assert errors_of(cut_off) == [(2, "", "leg_refused"), (3, "", "leg_refused"), (4, "", "damaged_row")]
    assert errors_of(damaged) == [*errors_of(cut_off), (5, "", "missing_leg")]
    assert drafts_of(cut_off) == drafts_of(damaged) == []


COINTRACKING = '"Type","Buy","Cur.","Sell","Cur.","Fee","Cur.","Exchange","Group","Comment","Date"'


def test_cointracking_amounts_have_their_fees_inside():
    parsed = read(
        COINTRACKING,
        '"Trade","1","BTC","505","USD","5","USD","Kraken","","","13.09.2019 13:00:00"',
        '"Trade","0.99","BTC","500","USD","0.01","BTC","Kraken","","","14.09.2019 13:00:00"',
        '"Trade","1","BTC","15","ETH","1","BNB","Kraken","","","15.09.2019 13:00:00"',
        '"Withdrawal","-","","1.001","BTC","0.001","BTC","Kraken","","","16.09.2019 13:00:00"',
        '"Staking","1.5","AXS","","","","","Binance","","","17.09.2019 13:00:00"',
        '"Lost","","","2","AXS","","","Binance","","","18.09.2019 13:00:00"',
        '"Trade","0","BTC","15","ETH","","","Kraken","","","19.09.2019 13:00:00"',
        '"Liquidity Pool","1","BTC","15","ETH","","","Kraken","","","19.09.2019 13:00:00"',
    )
    paid, taken, third, out, staked, lost = drafts_of(parsed)
    assert (paid.gross, paid.fee, paid.fee_currency, paid.quantity) == (D(500), D(5), None, D(1))
    assert (taken.gross, taken.fee, taken.fee_currency, taken.quantity) == (D(500), D("0.01"), "BTC", D(1))
    assert (third.type, third.fee) == (T.SWAP, D(0))
    assert (out.type, out.quantity, out.fee) == (T.TRANSFER_OUT, D(1), D("0.001"))
    assert (staked.type, staked.account) == (T.REWARD, "Binance")
    assert (lost.type, lost.gross) == (T.SELL, D(0))
    assert "BNB" in parsed.rows[2].message
    assert errors_of(parsed) == [(8, "Buy", "zero_quantity"), (9, "Type", "unsupported")]


CRYPTO_COM = (
    "Timestamp (UTC),Transaction Description,Currency,Amount,To Currency,To Amount,Native Currency,Native Amount,"
    "Native Amount (in USD),Transaction Kind"
)


def test_crypto_com_shares_a_conversion_by_the_stated_values():
    parsed = read(
        CRYPTO_COM,
        "2020-12-15 09:25:14,Dust,CRO,100,,,EUR,10.00,12,dust_conversion_credited",
        "2020-12-15 09:25:14,Dust,UNI,-1.5,,,EUR,-6.00,-7,dust_conversion_debited",
        "2020-12-15 09:25:14,Dust,DOT,-0.5,,,EUR,-3.00,-5,dust_conversion_debited",
    )
    swaps = drafts_of(parsed)
    assert [swap.type for swap in swaps] == [T.SWAP, T.SWAP]
    assert {swap.asset: swap.gross for swap in swaps} == {"UNI": D(6), "DOT": D(3)}
    assert sum(swap.to_quantity for swap in swaps) == D(100)
    assert abs(swaps[0].to_quantity - (D(100) * 2 / 3 if swaps[0].asset == "UNI" else D(100) / 3)) < D("1e-9")


def test_crypto_com_rows():
    parsed = read(
        CRYPTO_COM,
        "2020-07-27 06:59:55,Buy ETH,ETH,1.0,,,EUR,281.14,332.91,crypto_purchase",
        "2020-07-31 15:37:07,MCO -> ETH,MCO,-12.32,ETH,0.14,EUR,42.13,49.98,crypto_exchange",
        "2021-05-05 05:34:27,DOGE -> EUR,DOGE,-750.0,EUR,406.22,EUR,406.22,470.7,crypto_viban_exchange",
        "2021-05-06 05:34:27,Cashback,CRO,52.1,,,EUR,3.49,4.1,referral_card_cashback",
        "2021-05-07 05:34:27,Reverted,CRO,-7.7,,,EUR,-1.0,-1.1,reimbursement_reverted",
        "2021-05-08 05:34:27,Lock,MCO,-50,,,EUR,-174.36,-206.4,lockup_lock",
        "2021-05-09 05:34:27,To exchange,CRO,-161.7,,,EUR,-10.71,-12.7,crypto_to_exchange_transfer",
        "2021-05-10 05:34:27,Strange,CRO,-1,,,EUR,-10.71,-12.7,brand_new_kind",
    )
    found = [(draft.type, draft.gross, draft.currency) for draft in drafts_of(parsed)]
    assert found == [
        (T.DEPOSIT, D("281.14"), "EUR"),
        (T.BUY, D("281.14"), "EUR"),
        (T.SWAP, D("42.13"), "EUR"),
        (T.SELL, D("406.22"), "EUR"),
        (T.REWARD, D("3.49"), "EUR"),
        (T.SELL, D(0), None),
        (T.TRANSFER_OUT, None, None),
    ]
    assert errors_of(parsed) == [(9, "Transaction Kind", "unknown_type")]
    assert parsed.count(RowStatus.SKIPPED) == 1


NEXO = "Transaction,Type,Input Currency,Input Amount,Output Currency,Output Amount,USD Equivalent,Details,Date / Time (UTC)"


def test_nexo_rows():
    parsed = read(
        NEXO,
        "N1,Fixed Term Interest,GBPX,1.5,GBPX,1.5,$2.00,approved / x,2022-02-01 07:01:00",
        "N2,Exchange,GBPX,-54,BTC,0.0017,$69.85,approved / x,2022-04-17 10:41:00",
        "N3,Interest,ETH,0.001,,0,$1.98,approved / x,2022-07-14 07:00:07",
        "N4,Withdrawal,BTC,-0.0017,BTC,0.0017,$69.86,approved / x,2022-07-15 07:00:07",
        "N5,Deposit,BTC,5,BTC,5,$69.86,rejected / x,2022-07-16 07:00:07",
        "N6,Deposit,BTC,5,BTC,5,$69.86,pending / x,2022-07-17 07:00:07",
        "N7,Interest,BTC,-5,BTC,-5,$69.86,approved / x,2022-07-18 07:00:07",
        "N8,Liquidation,BTC,-1,BTC,1,$20000,approved / x,2022-07-19 07:00:07",
    )
    interest, buy, reward, out, sold = drafts_of(parsed)
    assert (interest.type, interest.gross, interest.currency) == (T.INTEREST, D("1.5"), "GBP")
    assert (buy.type, buy.asset, buy.gross, buy.currency) == (T.BUY, "BTC", D(54), "GBP")
    assert (reward.type, reward.quantity, reward.gross, reward.currency) == (T.REWARD, D("0.001"), D("1.98"), "USD")
    assert (out.type, out.quantity, out.gross) == (T.TRANSFER_OUT, D("0.0017"), None)
    assert (sold.type, sold.gross) == (T.TRANSFER_OUT, D(20000))
    assert [row.message for row in parsed.rows if row.status is RowStatus.SKIPPED] == [
        "Rejected: it was never carried out.",
        "Pending: it has not been carried out yet.",
    ]
    assert errors_of(parsed) == [(8, "Output Amount", "unexpected_sign")]


COINLEDGER = "Timestamp (UTC),Type,Internal Id,Platform,Account Name,Platform Id,Blockchain Id,Record Type,Asset,Amount,Description"


def test_coinledger_rows():
    parsed = read(
        COINLEDGER,
        "2025-03-06T00:00:00.000,Trade,1,Pionex,Pionex,,,Debit,USDT,-10.17,",
        "2025-03-06T00:00:00.000,Trade,1,Pionex,Pionex,,,Credit,TRX,283.9,",
        "2025-03-06T00:00:00.000,Trade,1,Pionex,Pionex,,,Platform Fee,TRX,-0.14,",
        "2025-08-06T07:16:26.000,Buy,2,Binance,Binance,,,Debit,EUR,-15.6,",
        "2025-10-01T10:00:00.000,Network Fee,3,Binance,Binance,,,Debit,ETH,-0.002,",
        "2025-10-01T19:00:00.000,Theft Loss,4,Binance,Binance,,,Debit,ETH,-0.03,",
        "2025-10-01T22:00:00.000,Interest,5,Kraken,Kraken,,,Credit,EUR,2.5,",
        "2025-10-02T00:00:00.000,Margin Gain,6,Binance,Binance,,,Margin Gain,USDT,-5.8,",
        "2025-10-03T00:00:00.000,Mining,7,Binance,Binance,,,Credit,BTC,-1,",
    )
    swap, fee, theft, interest, loss = drafts_of(parsed)
    assert (swap.type, swap.quantity, swap.to_quantity, swap.fee_currency) == (T.SWAP, D("10.17"), D("283.9"), "TRX")
    assert swap.account == "Pionex"
    assert (fee.type, fee.gross, fee.fee, fee.fee_currency) == (T.WITHDRAWAL, D(0), D("0.002"), "ETH")
    assert (theft.type, theft.gross, theft.quantity) == (T.SELL, D(0), D("0.03"))
    assert (interest.type, interest.gross) == (T.INTEREST, D("2.5"))
    assert (loss.type, loss.gross, loss.asset, loss.quantity) == (T.SELL, D(0), "USDT", D("5.8"))
    assert errors_of(parsed) == [(5, "", "missing_leg"), (10, "Amount", "unexpected_sign")]


ROTKI = "Location,Spend Currency,Receive Currency,Receive Amount,Spend Amount,Fee,Fee Currency,Description,Timestamp"


def test_rotki_trades():
    parsed = read(
        ROTKI,
        "kraken,LTC,BTC,4.3,392.8,0.5,USD,Trade,1659171600000",
        "kraken,EUR,BTC,1,20000,1,EUR,Trade,1659171600001",
        "kraken,LTC,BTC,0,392.8,,,Trade,1659171600000",
        "kraken,LTC,BTC,1,392.8,5,,Trade,1659171600000",
    )
    swap, buy = drafts_of(parsed)
    assert (swap.type, swap.fee, swap.fee_currency, swap.account) == (T.SWAP, D("0.5"), "USD", "kraken")
    assert (buy.type, buy.gross, buy.fee, buy.fee_currency) == (T.BUY, D(20000), D(1), None)
    assert errors_of(parsed) == [(4, "Receive Amount", "zero_quantity"), (5, "Fee Currency", "missing")]


def test_units_of_joined_legs_are_those_of_the_rows():
    changes = [("BTC", "-0.3"), ("BTC", "-0.7"), ("ETH", "10.5"), ("ETH", "4.5"), ("BNB", "-0.01"), ("ETH", "-0.015")]
    lines = [
        f"1,2024-01-01 10:00:00,Spot,{'Fee' if code == 'BNB' or units == '-0.015' else 'Buy'},{code},{units},"
        for code, units in changes
    ]
    moved: dict[str, Decimal] = defaultdict(Decimal)
    for draft in drafts_of(read(BINANCE, *lines)):
        if draft.type is T.SWAP:
            moved[draft.asset] -= draft.quantity
            moved[draft.to_asset] += draft.to_quantity
        if draft.fee:
            moved[draft.fee_currency] -= draft.fee
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for code, units in changes:
        expected[code] += D(units)
    assert moved == expected


def test_coins_are_not_currencies():
    assert is_currency("eur")
    assert not is_currency("USDT")
    assert not is_currency("BTC")


def test_a_trade_with_a_damaged_leg_is_refused_whole():
    parsed = read(
        BINANCE,
        "1,2024-01-01 10:00:00,Spot,Buy,ETH,0.5,",
        "1,2024-01-01 10:00:00,Spot,Buy,EUR,-600,",
        "1,2024-01-01 10:00:00,Spot,Buy,EUR,-4oo,",
    )
    assert errors_of(parsed) == [(2, "", "leg_refused"), (3, "", "leg_refused"), (4, "Change", "not_a_number")]
    assert drafts_of(parsed) == []


def test_kucoin_in_both_layouts():
    first = read(
        "tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency",
        "2024-01-13 10:00:00,BTC-USDT,buy,40000,0.1,4000,4,USDT",
        "2024-01-13 11:00:00,BTC-EUR,sell,40000,0.1,4000,0.5,KCS",
        "2024-01-13 12:00:00,BTCUSDT,sell,40000,0.1,4000,0.5,KCS",
    )
    second = read(
        "Time,Pair,Side,FilledPrice,FilledPriceCoin,Amount,AmountCoin,Volume,VolumeCoin,Fee,FeeCoin",
        "2024-01-13 10:00:00,BTC/USDT,BUY,40000,USDT,0.1,BTC,4000,USDT,4,USDT",
    )
    swap, sell = drafts_of(first)
    assert (swap.type, swap.asset, swap.quantity, swap.to_quantity, swap.fee) == (
        T.SWAP,
        "USDT",
        D(4000),
        D("0.1"),
        D(4),
    )
    assert (sell.type, sell.gross, sell.currency, sell.fee_currency) == (T.SELL, D(4000), "EUR", "KCS")
    assert errors_of(first) == [(4, "symbol", "invalid")]
    assert second.format == "kucoin-orders"
    assert drafts_of(second)[0].to_asset == "BTC"


def test_bitstamp_amounts_with_their_codes():
    parsed = read(
        "Type,Datetime,Account,Amount,Value,Rate,Fee,Sub Type",
        'Deposit,"Apr. 10, 2014, 03:55 PM",Main Account,500.00 EUR,,,,',
        'Market,"Apr. 11, 2014, 03:55 PM",Main Account,0.5 BTC,200.00 EUR,400.00 EUR,1.25 EUR,Buy',
        'Market,"Apr. 12, 2014, 03:55 PM",Main Account,0.1 BTC,2 ETH,20 ETH,0.001 ETH,Sell',
        'Withdrawal,"Apr. 13, 2014, 03:55 PM",Main Account,0.4 BTC,,,,',
        'Market,"Apr. 14, 2014, 03:55 PM",Main Account,0.5,x EUR,400.00 EUR,1.25 EUR,Hold',
    )
    found = [(d.type, d.asset, d.quantity, d.gross, d.fee) for d in drafts_of(parsed)]
    assert found == [
        (T.DEPOSIT, None, None, D(500), D(0)),
        (T.BUY, "BTC", D("0.5"), D(200), D("1.25")),
        (T.SWAP, "BTC", D("0.1"), None, D("0.001")),
        (T.TRANSFER_OUT, "BTC", D("0.4"), None, D(0)),
    ]
    assert errors_of(parsed) == [
        (6, "Amount", "invalid"),
        (6, "Value", "not_a_number"),
        (6, "Sub Type", "unknown_type"),
    ]


def test_rotki_events():
    parsed = read(
        "Type,Location,Currency,Amount,Fee,Fee Currency,Description,Timestamp",
        "Deposit,kraken,EUR,1000.00,,,in,1659171600000",
        "Withdrawal,kraken,BTC,1,0.001,BTC,out,1659171600001",
        "Income,binance,BNB,0.5,,,reward,1659171600002",
        "Loss,binance,BNB,0.5,,,gone,1659171600003",
        "Magic,binance,BNB,0.5,,,gone,1659171600004",
    )
    assert [draft.type for draft in drafts_of(parsed)] == [T.DEPOSIT, T.TRANSFER_OUT, T.WITHDRAWAL, T.REWARD, T.SELL]
    assert errors_of(parsed) == [(6, "Type", "unknown_type")]
