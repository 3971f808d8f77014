"""One request per unsafe route that succeeds, with the objects it needs made fresh: no call is spoilt by another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
from contract.routes import NAMED_IN_QUERY
from support import PASSWORD, Api, Server

from finsage.platform import clock
from finsage.prediction.advice_model.questionnaire import CODES
from finsage.services import API

FILE = (
    "date,type,symbol,quantity,unit_price,gross,fee,currency,note\r\n"
    "2024-01-02,deposit,,,,1000,,EUR,first\r\n"
    "2024-01-03,withdrawal,,,,50,,EUR,second\r\n"
)
PRICES = "date,symbol,close\r\n2024-01-02,{symbol},10.5\r\n2024-01-03,{symbol},10.75\r\n"

KEEPS_NO_KEY = {
    ("PATCH", "/me"): "may carry the current password; a hash of the request would be a fast hash of it",
    ("POST", "/me/password"): "carries two passwords",
    ("POST", "/me/proof"): "carries the password",
    ("PUT", "/provider-keys/{provider}"): "carries a secret",
    ("PUT", "/assets/{asset_id}/json-source"): "may carry a secret",
    ("POST", "/assets/{asset_id}/json-source/reading"): "may carry a secret, and keeps nothing",
    ("POST", "/auth/logout"): "ends the credential it is asked with: nobody is left to replay it to",
}
"""Unsafe routes that keep no idempotency key, and why."""

WITHOUT_EFFECT = {
    ("POST", "/portfolios/{portfolio_id}/transactions:preview"): "says what a change would do",
    ("POST", "/sentiment"): "says how texts read",
    ("POST", "/advice/what-if"): "says what purchases and sales would do",
}
"""Unsafe routes that change nothing, and why they are no GET: what they are asked about is a body."""


ASKED = {
    ("GET", "/portfolios/{portfolio_id}/explain"): {"figure": "market_value"},
    ("GET", "/explain"): {"figure": "market_value"},
    ("GET", "/market/search"): {"query": "works", "providers": "false"},
}
"""What a reading route must be asked in its query."""


@dataclass(frozen=True)
class Call:
    """A request to one route: the ids in its path, and its body."""

    ids: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] | None = None
    form: Mapping[str, str] = field(default_factory=dict)

    async def send(self, client: httpx.AsyncClient, key: tuple[str, str], **headers: str) -> httpx.Response:
        method, path = key
        named = {parameter: self.ids[kind] for parameter, kind in NAMED_IN_QUERY.get(key, {}).items()}
        while True:
            answer = await client.request(
                method,
                API + path.format(**self.ids),
                params={**ASKED.get(key, {}), **named, **self.query},
                json=self.json,
                files=dict(self.files) if self.files is not None else None,
                data=dict(self.form) or None,
                headers=headers,
            )
            # A quick machine asks for more answers in a second than a user may.
            if answer.status_code != 429:
                return answer
            await asyncio.sleep(float(answer.headers["Retry-After"]))


@dataclass(frozen=True)
class Owner:
    """Somebody signed in, and what they make in their tenant."""

    client: httpx.AsyncClient
    email: str
    api: Api
    server: Server

    async def post(self, path: str, **json: Any) -> Any:
        answer = await self.client.post(API + path, json=json)
        assert answer.is_success, answer.text
        return answer.json()

    async def portfolio(self) -> str:
        return str((await self.post("/portfolios", name="Savings", base_currency="EUR"))["id"])

    async def asset(self) -> str:
        draft = {"symbol": f"X{uuid4().hex[:10]}", "name": "Works", "asset_class": "equity", "currency": "EUR"}
        return str((await self.post("/assets", **draft))["id"])

    async def priced(self) -> str:
        """An asset with enough closes for a forecast."""
        asset, first = await self.asset(), date(2024, 1, 1)
        items = [{"day": str(first + timedelta(days=step)), "close": f"{100 + step % 7}.5"} for step in range(40)]
        (await self.client.put(f"{API}/assets/{asset}/prices", json={"items": items})).raise_for_status()
        return asset

    async def prediction(self) -> str:
        subject = {"asset_id": await self.priced()}
        return str((await self.post("/predictions", subject=subject, horizon_days=7))["id"])

    async def saved(self) -> str:
        """A portfolio that holds an asset with enough closes for odds."""
        portfolio, asset = await self.portfolio(), await self.priced()
        draft = {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "3", "unit_price": "100"}
        await self.post(f"/portfolios/{portfolio}/transactions", **draft)
        return portfolio

    async def goal(self) -> str:
        return str((await self.post("/goals", portfolio_id=await self.saved(), **GOAL))["id"])

    async def advice(self) -> str:
        return str((await self.post("/advice", goal_id=await self.goal(), risk_profile=ANSWERED))["id"])

    async def watchlist(self) -> str:
        return str((await self.post("/watchlists", name="Ideas"))["id"])

    async def transaction(self, portfolio: str | None = None) -> str:
        portfolio = portfolio or await self.portfolio()
        return str((await self.post(f"/portfolios/{portfolio}/transactions", **DEPOSIT))["id"])

    async def upload(self, portfolio: str | None = None) -> dict[str, Any]:
        portfolio = portfolio or await self.portfolio()
        files = {"file": ("file.csv", FILE.encode())}
        answer = await self.client.post(f"{API}/portfolios/{portfolio}/imports", files=files)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def mapped(self) -> dict[str, Any]:
        """A file of no known format, with columns of its own."""
        content = f"Datum;Betrag;Währung;{uuid4().hex}\r\n13.01.2024;1,50;EUR;x\r\n"
        files = {"file": ("file.csv", content.encode())}
        answer = await self.client.post(f"{API}/portfolios/{await self.portfolio()}/imports", files=files)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def template(self) -> str:
        made = await self.post("/import-templates", name="House bank", import_id=(await self.mapped())["id"])
        return str(made["id"])

    async def confirmed(self, portfolio: str | None = None) -> dict[str, Any]:
        made = await self.upload(portfolio)
        return dict(await self.post(f"/imports/{made['id']}/confirm", content_hash=made["content_hash"]))

    async def confirmed_import(self) -> str:
        return str((await self.confirmed())["id"])

    async def job(self) -> str:
        return str((await self.confirmed())["job_id"])

    async def doubted_price(self) -> str:
        """A price that a provider said and nobody believed, as a run leaves it."""
        asset, made = await self.asset(), str(uuid4())
        self.server.query(
            "INSERT INTO quarantined_prices"
            " (tenant_id, id, asset_id, provider, day, value, currency, reason, detail, content_hashes)"
            " SELECT tenant_id, %s, id, 'coingecko', '2024-01-02', '1000', 'EUR', 'jump', 'Too far.', '{}'"
            " FROM assets WHERE id = %s",
            made,
            asset,
        )
        return made

    async def feed(self) -> str:
        return str((await self.post("/news/feeds", url=f"https://feed.example/{uuid4()}"))["id"])

    async def headline(self, asset: str) -> str:
        """A headline of a feed about an asset, read by the model, as a run leaves it."""
        made = str(uuid4())
        self.server.query(
            "INSERT INTO news_items (tenant_id, id, url_hash, url, title, summary, publisher, provider, feed_id, mentions,"
            " fetched_at, shown_at, content_hash, sentiment_model, sentiment, sentiment_probabilities, sentiment_words)"
            " SELECT tenant_id, %s, sha256(id::text::bytea), url, 'Works rise', '', 'Daily', 'feeds', id, '{}', now(),"
            " now(), sha256('x'), 'm-1', 'positive', '{0.7, 0.2, 0.1}', '[[\"rise\", 1.5]]'"
            " FROM news_feeds WHERE id = %s",
            made,
            await self.feed(),
        )
        self.server.query(
            "INSERT INTO news_links (tenant_id, item_id, asset_id, matched_by, term)"
            " SELECT tenant_id, %s, id, 'name', 'Works' FROM assets WHERE id = %s",
            made,
            asset,
        )
        return made

    async def candles(self, asset: str) -> None:
        """Two days of an asset, as a provider's history leaves them."""
        self.server.query(
            "INSERT INTO candles (tenant_id, asset_id, seconds, start, open, high, low, close, volume, opened_at, closed_at,"
            " is_given, is_rolled_up) SELECT a.tenant_id, a.id, 86400, day, 2, 3, 1, 2.50, 10, day,"
            " day + interval '23 h', true, true FROM assets a, unnest(ARRAY[date_trunc('day', now(), 'UTC'),"
            " date_trunc('day', now(), 'UTC') - interval '1 day']) AS day WHERE a.id = %s",
            asset,
        )

    async def session(self) -> str:
        """Another session of the same person."""
        known = {item["id"] for item in (await self.client.get(f"{API}/me/sessions")).json()["items"]}
        await self.api.sign_in(self.email)
        [new] = [
            item["id"]
            for item in (await self.client.get(f"{API}/me/sessions")).json()["items"]
            if item["id"] not in known
        ]
        return str(new)


# Soon: a longer way takes longer to work out, and every generated test goes it.
GOAL = {"name": "House", "target_amount": "1000", "target_on": str(clock.today("UTC") + timedelta(days=40))}
ANSWERED = {"answers": dict.fromkeys(CODES, 3), "monthly_spending": "0"}
DEPOSIT = {"type": "deposit", "day": "2024-01-02", "gross": "1000", "currency": "EUR"}

Prepare = Callable[[Owner], Awaitable[Call]]
CALLS: dict[tuple[str, str], Prepare] = {}


def _for(method: str, path: str) -> Callable[[Prepare], Prepare]:
    def register(prepare: Prepare) -> Prepare:
        CALLS[method, path] = prepare
        return prepare

    return register


@_for("POST", "/assets")
async def _add_asset(_: Owner) -> Call:
    symbol = f"N{uuid4().hex[:10]}"
    return Call(json={"symbol": symbol, "name": "New works", "asset_class": "equity", "currency": "EUR"})


@_for("PUT", "/assets/{asset_id}/prices")
async def _put_prices(owner: Owner) -> Call:
    return Call({"asset_id": await owner.asset()}, {"items": [{"day": "2024-01-02", "close": "10.50"}]})


@_for("PUT", "/assets/{asset_id}/identifiers")
async def _put_identifiers(owner: Owner) -> Call:
    return Call({"asset_id": await owner.asset()}, {"items": [{"scheme": "caip19", "value": "eip155:1/slip44:60"}]})


def _json_source() -> dict[str, Any]:
    """Where nobody is asked: it is refused before a connection is made."""
    key = {"sent_as": "header", "name": "X-Api-Key", "value": "of-a-test"}
    paths = {"price_path": "$.price", "as_of_path": "$.at", "currency_path": "$.unit"}
    return {"url": "https://127.0.0.1:1/price", **paths, "key": key}


@_for("PUT", "/assets/{asset_id}/json-source")
async def _put_json_source(owner: Owner) -> Call:
    return Call({"asset_id": await owner.asset()}, _json_source())


@_for("POST", "/assets/{asset_id}/json-source/reading")
async def _try_json_source(owner: Owner) -> Call:
    return Call({"asset_id": await owner.asset()}, _json_source())


@_for("DELETE", "/assets/{asset_id}/json-source")
async def _delete_json_source(owner: Owner) -> Call:
    asset = await owner.asset()
    body = _json_source()
    (await owner.client.put(f"{API}/assets/{asset}/json-source", json=body)).raise_for_status()
    return Call({"asset_id": asset})


@_for("PATCH", "/assets/{asset_id}")
async def _change_asset(owner: Owner) -> Call:
    return Call({"asset_id": await owner.asset()}, {"symbol": f"R{uuid4().hex[:10]}", "name": "Renamed"})


@_for("POST", "/assets/{asset_id}/merge")
async def _merge_asset(owner: Owner) -> Call:
    return Call({"asset_id": await owner.asset()}, {"into_id": await owner.asset()})


@_for("DELETE", "/assets/{asset_id}/merge")
async def _unmerge_asset(owner: Owner) -> Call:
    asset = await owner.asset()
    await owner.post(f"/assets/{asset}/merge", into_id=await owner.asset())
    return Call({"asset_id": asset})


@_for("POST", "/watchlists")
async def _create_watchlist(_: Owner) -> Call:
    return Call(json={"name": "Ideas"})


@_for("PATCH", "/watchlists/{watchlist_id}")
async def _change_watchlist(owner: Owner) -> Call:
    return Call({"watchlist_id": await owner.watchlist()}, {"name": "Renamed", "position": 0})


@_for("DELETE", "/watchlists/{watchlist_id}")
async def _delete_watchlist(owner: Owner) -> Call:
    return Call({"watchlist_id": await owner.watchlist()})


@_for("PUT", "/watchlists/{watchlist_id}/items")
async def _put_watchlist_items(owner: Owner) -> Call:
    return Call({"watchlist_id": await owner.watchlist()}, {"asset_ids": [await owner.asset()]})


@_for("POST", "/watchlists/{watchlist_id}/items")
async def _add_watchlist_item(owner: Owner) -> Call:
    return Call({"watchlist_id": await owner.watchlist()}, {"asset_id": await owner.asset()})


@_for("DELETE", "/watchlists/{watchlist_id}/items/{asset_id}")
async def _remove_watchlist_item(owner: Owner) -> Call:
    watchlist, asset = await owner.watchlist(), await owner.asset()
    await owner.post(f"/watchlists/{watchlist}/items", asset_id=asset)
    return Call({"watchlist_id": watchlist, "asset_id": asset})


@_for("POST", "/data-health/refresh")
async def _refresh_now(owner: Owner) -> Call:
    # While one waits, a second wish is the same job.
    owner.server.query("DELETE FROM pgqueuer WHERE entrypoint = 'market.refresh_now'")
    return Call()


@_for("PUT", "/provider-keys/{provider}")
async def _set_provider_key(_: Owner) -> Call:
    return Call({"provider": "newsapi"}, {"key": "of-a-test"})


@_for("DELETE", "/provider-keys/{provider}")
async def _delete_provider_key(_: Owner) -> Call:
    return Call({"provider": "newsapi"})


@_for("POST", "/data-health/quarantine/{quarantine_id}/accept")
async def _accept_price(owner: Owner) -> Call:
    return Call({"quarantine_id": await owner.doubted_price()})


@_for("POST", "/data-health/quarantine/{quarantine_id}/dismiss")
async def _dismiss_price(owner: Owner) -> Call:
    return Call({"quarantine_id": await owner.doubted_price()})


@_for("POST", "/news/feeds")
async def _add_feed(_: Owner) -> Call:
    return Call(json={"url": f"https://feed.example/{uuid4()}"})


@_for("DELETE", "/news/feeds/{feed_id}")
async def _delete_feed(owner: Owner) -> Call:
    return Call({"feed_id": await owner.feed()})


@_for("POST", "/predictions")
async def _make_prediction(owner: Owner) -> Call:
    return Call(json={"subject": {"asset_id": await owner.priced()}, "horizon_days": 7})


@_for("POST", "/goals")
async def _create_goal(owner: Owner) -> Call:
    return Call(json={"portfolio_id": await owner.portfolio(), **GOAL})


@_for("PUT", "/goals/{goal_id}")
async def _put_goal(owner: Owner) -> Call:
    goal = await owner.goal()
    portfolio = (await owner.client.get(f"{API}/goals/{goal}")).json()["portfolio_id"]
    return Call({"goal_id": goal}, {"portfolio_id": portfolio, **GOAL, "name": "Renamed"})


@_for("DELETE", "/goals/{goal_id}")
async def _delete_goal(owner: Owner) -> Call:
    return Call({"goal_id": await owner.goal()})


@_for("PUT", "/portfolios/{portfolio_id}/risk-profile")
async def _put_risk_profile(owner: Owner) -> Call:
    return Call({"portfolio_id": await owner.portfolio()}, ANSWERED)


@_for("POST", "/advice")
async def _make_advice(owner: Owner) -> Call:
    return Call(json={"goal_id": await owner.goal(), "risk_profile": ANSWERED})


@_for("POST", "/advice/what-if")
async def _ask_what_if(owner: Owner) -> Call:
    goal = await owner.goal()
    portfolio = (await owner.client.get(f"{API}/goals/{goal}")).json()["portfolio_id"]
    holdings = (await owner.client.get(f"{API}/portfolios/{portfolio}/holdings")).json()["items"]
    asset = next(one["asset_id"] for one in holdings)
    return Call(json={"goal_id": goal, "changes": [{"asset_id": asset, "amount": "10"}], "new_money": "10"})


@_for("POST", "/sentiment")
async def _read_headlines(_: Owner) -> Call:
    return Call(json={"texts": ["Profit soars"]})


@_for("POST", "/prices/import")
async def _import_prices(_: Owner) -> Call:
    symbol = f"P{uuid4().hex[:10].upper()}"
    files = {"file": ("prices.csv", PRICES.format(symbol=symbol).encode())}
    return Call(files=files, form={"create_assets": "true", "currency": "EUR"})


@_for("POST", "/portfolios")
async def _open_portfolio(_: Owner) -> Call:
    return Call(json={"name": "Pension", "base_currency": "EUR"})


@_for("PATCH", "/portfolios/{portfolio_id}")
async def _change_portfolio(owner: Owner) -> Call:
    return Call({"portfolio_id": await owner.portfolio()}, {"name": "Renamed", "lot_method": "lifo"})


@_for("PUT", "/portfolios/{portfolio_id}/targets")
async def _put_targets(owner: Owner) -> Call:
    body = {"by": "asset_class", "items": [{"key": "equity", "weight": "0.6"}, {"key": "cash", "weight": "0.4"}]}
    return Call({"portfolio_id": await owner.portfolio()}, body)


@_for("DELETE", "/portfolios/{portfolio_id}")
async def _erase_portfolio(owner: Owner) -> Call:
    portfolio = await owner.portfolio()
    await owner.confirmed(portfolio)
    return Call({"portfolio_id": portfolio}, query={"confirm": "Savings"})


@_for("POST", "/portfolios/{portfolio_id}/transactions")
async def _record(owner: Owner) -> Call:
    return Call({"portfolio_id": await owner.portfolio()}, DEPOSIT)


@_for("POST", "/portfolios/{portfolio_id}/transactions:batch")
async def _record_batch(owner: Owner) -> Call:
    portfolio = await owner.portfolio()
    return Call({"portfolio_id": portfolio}, {"transactions": [DEPOSIT, {**DEPOSIT, "gross": "1"}]})


@_for("POST", "/transactions/{transaction_id}/reversal")
async def _reverse(owner: Owner) -> Call:
    return Call({"transaction_id": await owner.transaction()}, {"note": "twice"})


@_for("POST", "/transactions/{transaction_id}/correction")
async def _correct(owner: Owner) -> Call:
    return Call({"transaction_id": await owner.transaction()}, {**DEPOSIT, "gross": "2000"})


@_for("PATCH", "/transactions/{transaction_id}")
async def _annotate(owner: Owner) -> Call:
    return Call({"transaction_id": await owner.transaction()}, {"note": "a gift", "tags": ["family"]})


@_for("POST", "/portfolios/{portfolio_id}/transactions:bulk")
async def _change_many(owner: Owner) -> Call:
    portfolio = await owner.portfolio()
    ids = [await owner.transaction(portfolio), await owner.transaction(portfolio)]
    return Call({"portfolio_id": portfolio}, {"ids": ids, "action": "account", "account": "Bank"})


@_for("POST", "/portfolios/{portfolio_id}/transactions:replace")
async def _replace_many(owner: Owner) -> Call:
    portfolio = await owner.portfolio()
    body = {"ids": [await owner.transaction(portfolio)], "transactions": [{**DEPOSIT, "gross": "2"}, DEPOSIT]}
    return Call({"portfolio_id": portfolio}, body)


@_for("POST", "/portfolios/{portfolio_id}/transactions:preview")
async def _preview(owner: Owner) -> Call:
    return Call({"portfolio_id": await owner.portfolio()}, {"transactions": [DEPOSIT]})


@_for("POST", "/portfolios/{portfolio_id}/transfers")
async def _transfer(owner: Owner) -> Call:
    accounts = {"from_account": "Bank", "to_account": "Broker", "to_portfolio_id": await owner.portfolio()}
    return Call(
        {"portfolio_id": await owner.portfolio()}, {**accounts, "day": "2024-01-02", "gross": "5", "currency": "EUR"}
    )


@_for("POST", "/portfolios/{portfolio_id}/transfers:pair")
async def _pair(owner: Owner) -> Call:
    portfolio = await owner.portfolio()
    sides = []
    for kind, account in (("transfer_out", "Bank"), ("transfer_in", "Broker")):
        made = await owner.post(
            f"/portfolios/{portfolio}/transactions", **{**DEPOSIT, "type": kind, "account": account}
        )
        sides.append(made["id"])
    return Call({"portfolio_id": portfolio}, {"out_id": sides[0], "in_id": sides[1]})


@_for("POST", "/portfolios/{portfolio_id}/imports")
async def _create_import(owner: Owner) -> Call:
    files = {"file": ("file.csv", FILE.encode())}
    return Call({"portfolio_id": await owner.portfolio()}, files=files, form={"account": "Broker"})


@_for("PATCH", "/imports/{import_id}")
async def _answer_import(owner: Owner) -> Call:
    create = {"name": "Works", "asset_class": "equity", "currency": "EUR"}
    made = await owner.upload()
    return Call({"import_id": made["id"]}, {"account": "Other", "resolutions": {uuid4().hex[:10]: {"create": create}}})


@_for("POST", "/imports/{import_id}/confirm")
async def _confirm(owner: Owner) -> Call:
    made = await owner.upload()
    return Call({"import_id": made["id"]}, {"content_hash": made["content_hash"]})


@_for("POST", "/imports/{import_id}/revert")
async def _revert(owner: Owner) -> Call:
    return Call({"import_id": (await owner.confirmed())["id"]})


@_for("DELETE", "/imports/{import_id}")
async def _discard(owner: Owner) -> Call:
    return Call({"import_id": (await owner.upload())["id"]})


@_for("POST", "/import-templates")
async def _save_template(owner: Owner) -> Call:
    return Call(json={"name": "House bank", "import_id": (await owner.mapped())["id"]})


@_for("DELETE", "/import-templates/{template_id}")
async def _delete_template(owner: Owner) -> Call:
    return Call({"template_id": await owner.template()})


@_for("POST", "/system/caches/clear")
async def _clear_caches(_: Owner) -> Call:
    return Call(json={"tag": "everything"})


@_for("POST", "/demo")
async def _add_demo(owner: Owner) -> Call:
    (await owner.client.delete(f"{API}/demo")).raise_for_status()
    return Call()


@_for("DELETE", "/demo")
async def _remove_demo(owner: Owner) -> Call:
    (await owner.client.post(f"{API}/demo")).raise_for_status()
    return Call()


@_for("DELETE", "/me/sessions/{session_id}")
async def _revoke_session(owner: Owner) -> Call:
    return Call({"session_id": await owner.session()})


@_for("PATCH", "/me")
async def _change_me(_: Owner) -> Call:
    return Call(json={"first_name": "Ada"})


@_for("POST", "/me/proof")
async def _confirm_password(_: Owner) -> Call:
    return Call(json={"current_password": PASSWORD})


@_for("POST", "/me/password")
async def _change_password(_: Owner) -> Call:
    return Call(json={"current_password": "not the one there is", "new_password": "another long enough phrase"})


@_for("POST", "/auth/logout")
async def _log_out(_: Owner) -> Call:
    return Call()
