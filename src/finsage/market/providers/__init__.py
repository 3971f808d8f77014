"""What the market learns from outside: one protocol, one file per provider, and the choice between them.

    protocol     what a provider can be asked, and the frozen values it answers with
    choice       who is asked first, who next, and what happened to those that failed
    shapes       JSON as published: exact decimals, and the name of the field that changed
    coingecko, ecb, frankfurter, stooq, json_source      prices and rates
    feeds, coingecko_news, newsapi, cryptopanic, gdelt   headlines
    yahoo, exchanges                                     extras with a client of their own and fixed hosts
    pricing, press      prices of many assets, and headlines about them, in as few requests as providers allow
    opening      settings to providers

A provider reads and translates; it judges nothing (``market/sanity.py`` does) and keeps nothing. It opens no
transaction, and must be called outside of any.
"""
