"""One frozen class holds every setting; an empty environment is a working installation.

Precedence: command-line flag, ``FINSAGE_*`` environment, ``<data>/finsage.toml``, default. ``FINSAGE_X_FILE`` reads the
value of X from a file, for secrets. Unknown names are errors: a misspelt limit must not be silently ignored.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_origin
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from finsage.errors import Fault, Invalid

PREFIX = "FINSAGE_"


class UnknownSetting(Invalid):
    """A setting has a name FinSage does not know."""


class InvalidSetting(Invalid):
    """A setting has a value FinSage cannot use."""


def default_data_dir() -> Path:
    """Where data lives when nothing else is said: /var/lib/finsage for root, the user's data directory otherwise."""
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/finsage")
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "FinSage"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "finsage"


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        msg = f"{text!r} is no address and no network; write it like 10.0.0.0/8"
        raise ValueError(msg) from error
    return text


def host_and_port(entry: str) -> tuple[str, int | None]:
    """The host, in lower case, and the port of ``host``, ``host:port`` or ``[address]:port``.

    Raises:
        ValueError: it is none of these.
    """
    msg = f"{entry!r} is no host and no host:port; write it like node.lan:8545"
    try:
        parts = urlsplit(f"//{entry.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(msg) from error
    if not host or not host.isascii() or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(msg)
    return host, port


def _host(text: str) -> str:
    host_and_port(text)
    return text


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    parts = urlsplit(text)
    if (
        parts.scheme not in {"https", "http"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or "@" in text
    ):
        msg = f"{text!r} is no address of a service; write it like https://s3.example.com"
        raise ValueError(msg)
    return text.rstrip("/")


def _redis(text: str | None) -> str | None:
    """The text, if it is an address of Redis. The fault does not repeat it: a password may stand there."""
    if text is None:
        return None
    try:
        redis_place(text)
    except ValueError:
        msg = "it is no address of Redis; write it like rediss://user:password@host:6379/0 (redis:// without TLS)"
        raise ValueError(msg) from None
    return text


class RedisPlace(NamedTuple):
    """Where Redis listens, and as whom to sign in."""

    host: str
    port: int
    number: int
    username: str | None
    password: str | None
    has_tls: bool


def redis_place(text: str) -> RedisPlace:
    """The parts of ``redis[s]://[user][:password]@host[:port][/number]``.

    Raises:
        ValueError: it is no such address, or has a query: no address may switch the check of certificates off.
    """
    parts = urlsplit(text)
    number = parts.path.strip("/") or "0"
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("no address of Redis")
    if not number.isdecimal():
        raise ValueError("its path is no number of a database")
    return RedisPlace(
        parts.hostname,
        parts.port or 6379,
        int(number),
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        parts.scheme == "rediss",
    )


def _bucket(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text):
        msg = f"{text!r} is no name of a bucket; it has 3 to 63 lower case letters, digits, dots and hyphens"
        raise ValueError(msg)
    return text


def _folder(text: str) -> str:
    if text and not re.fullmatch(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*", text):
        msg = f"{text!r} is no folder; write it like finsage/files"
        raise ValueError(msg)
    return text


class S3Place(NamedTuple):
    """A bucket and the key to it."""

    endpoint: str
    name: str
    key_id: str
    key_secret: str


class Settings(BaseModel):
    """Every setting of an installation, with its unit and meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Annotated[Path, Field(description="Directory of the embedded database, secrets and files")] = Field(
        default_factory=default_data_dir
    )
    database_url: str | None = Field(
        default=None,
        description="postgresql:// address of an external server (15 or later); none starts the embedded one",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="TCP port to listen on; 0 takes any free one")
    public_url: str | None = Field(default=None, description="Address users type; none means http://HOST:PORT")
    pool_size: int = Field(default=10, ge=2, le=200, description="Database connections per process")
    inline_worker: bool = Field(default=True, description="Run the job worker inside the server process")
    registration: Literal["open", "closed"] = Field(
        default="open",
        description="Whether people beyond the first user may register; each gets a tenant of their own",
    )
    public_scoreboard: bool = Field(
        default=False, description="Show anyone, without signing in, what forecasts of everyone's assets were worth"
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        default=(), description="Networks whose X-Forwarded-For is believed, comma separated"
    )
    insecure_http: bool = Field(
        default=False, description="Allow sign-in over plain HTTP from other hosts than loopback"
    )
    log_format: Literal["auto", "console", "ecs"] = Field(
        default="auto", description="console on a terminal, ecs (JSON) elsewhere, unless said"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least severity logged")
    metrics_token: str | None = Field(
        default=None, description="Bearer token for /metrics from other hosts; none means loopback only"
    )
    address_limit_per_minute: int = Field(
        default=300, ge=1, description="Requests per minute and client address before 429"
    )
    address_limit_burst: int = Field(default=100, ge=1, description="Requests an address may send at once")
    user_limit_per_minute: int = Field(
        default=600,
        ge=1,
        description="Requests per minute and signed-in user before 429; a fifth, 120 at least, may come at once",
    )
    local_hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        default=(),
        description="Hosts (host or host:port, comma separated) of the own network that FinSage may fetch from, by"
        " plain HTTP too; all others must be public and HTTPS",
    )
    providers: tuple[str, ...] = Field(
        default=(
            "coingecko",
            "ecb",
            "frankfurter",
            "stooq",
            "yahoo",
            "exchanges",
            "json",
            "feeds",
            "coingecko-news",
            "newsapi",
            "cryptopanic",
            "gdelt",
        ),
        description="Providers of prices, rates and news, comma separated, in the order they are asked; one that lacks"
        " its key or package is passed over",
    )
    provider_urls: tuple[str, ...] = Field(
        default=(),
        description="Addresses in place of a provider's own, as NAME=URL, comma separated; for mirrors",
    )
    coingecko_plan: Literal["free", "demo", "pro"] = Field(
        default="free", description="Plan at CoinGecko; demo and pro want FINSAGE_COINGECKO_KEY"
    )
    coingecko_key: str | None = Field(default=None, description="Key of the CoinGecko plan")
    newsapi_key: str | None = Field(default=None, description="Key at NewsAPI; none leaves it out")
    cryptopanic_key: str | None = Field(default=None, description="Token at CryptoPanic; none leaves it out")
    news_feeds: tuple[str, ...] = Field(
        default=(), description="Addresses of RSS and Atom feeds that everybody here sees, comma separated"
    )
    exchanges: tuple[str, ...] = Field(
        default=("kraken",),
        description="Exchanges asked for candles where the extra `exchanges` is installed, by their ccxt name",
    )
    s3_endpoint: Annotated[str | None, AfterValidator(_endpoint)] = Field(
        default=None, description="Address of an S3-compatible service, without a path; https outside the own network"
    )
    s3_bucket: Annotated[str | None, AfterValidator(_bucket)] = Field(
        default=None, description="Bucket that models, imports and reports are stored in; none means <data>/files"
    )
    s3_prefix: Annotated[str, AfterValidator(_folder)] = Field(
        default="", description="Folder in the bucket, where others share it"
    )
    s3_region: str = Field(
        default="us-east-1", pattern=r"^[a-z0-9-]{1,32}$", description="Region of the bucket; any where there is none"
    )
    s3_key_id: str | None = Field(default=None, description="Id of the access key of the bucket")
    s3_key_secret: str | None = Field(default=None, description="Secret of the access key of the bucket")
    live_rates: bool = Field(
        default=False,
        description="Ask the European Central Bank (or the next provider of rates) for the rates of each working day",
    )
    response_cache_bytes: int = Field(
        default=32 * 2**20, ge=0, description="Bytes of answers kept in memory; 0 turns the response cache off"
    )
    redis_url: Annotated[str | None, AfterValidator(_redis)] = Field(
        default=None,
        description="Address of Redis or Valkey, rediss:// with TLS, where processes share answers and count together"
        " how often somebody asks; wants the extra `redis`",
    )
    redis_ca_file: Path | None = Field(
        default=None, description="Certificates (PEM) that the one of Redis is checked by; none means the system's"
    )
    replicas: int = Field(
        default=1,
        ge=1,
        le=1000,
        description="Server processes behind one address; while they cannot count together in Redis each allows its"
        " share of the limits",
    )

    @property
    def has_company(self) -> bool:
        """Whether each write must leave its version behind: others serve too, or what was served is kept elsewhere."""
        return self.database_url is not None or self.redis_url is not None

    def s3(self) -> S3Place | None:
        """The bucket that files go to; none where they stay in the data directory."""
        if self.s3_bucket is None:
            return None
        assert self.s3_endpoint is not None, "load_settings demands them together"
        assert self.s3_key_id is not None
        assert self.s3_key_secret is not None
        return S3Place(self.s3_endpoint, self.s3_bucket, self.s3_key_id, self.s3_key_secret)

    def address(self) -> str:
        """The address to show to the user, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as ``finsage doctor`` prints it; secrets are masked."""

    name: str
    value: str
    source: str


_SECRETS = frozenset(
    {"database_url", "metrics_token", "coingecko_key", "newsapi_key", "cryptopanic_key", "s3_key_secret", "redis_url"}
)


def masked(settings: Settings) -> list[Shown]:
    """Every setting with its value and whether somebody set it."""
    shown = []
    for field in Settings.model_fields:
        value = getattr(settings, field)
        text = "••••" if field in _SECRETS and value is not None else str(value)
        shown.append(Shown(PREFIX + field.upper(), text, "set" if field in settings.model_fields_set else "default"))
    return shown


def load_settings(environ: Mapping[str, str] | None = None, **flags: object) -> Settings:
    """Merge flags, environment and ``finsage.toml`` into one frozen value.

    Args:
        environ: variables to read, the process environment when none is given.
        flags: values from the command line; None means "not given".

    Raises:
        UnknownSetting: a FINSAGE_ variable or TOML key nobody reads.
        InvalidSetting: a value of the wrong type or out of range, one fault each.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    values = _from_environment(os.environ if environ is None else environ) | given
    data_dir = Path(str(values.get("data_dir") or default_data_dir()))
    values = _from_file(data_dir / "finsage.toml") | values
    unknown = sorted(set(values) - set(Settings.model_fields))
    if unknown:
        names = ", ".join(map(_with_nearest, unknown))
        raise UnknownSetting(f"Unknown setting: {names}. Mend its name or take it away.")
    try:
        settings = Settings(**{**values, "data_dir": data_dir.expanduser().resolve()})
    except ValidationError as error:
        faults = tuple(
            Fault(PREFIX + str(item["loc"][0]).upper() if item["loc"] else PREFIX, item["msg"])
            for item in error.errors()
        )
        raise InvalidSetting("; ".join(f"{f.pointer}: {f.detail}" for f in faults), faults=faults) from error
    missing = [name for name in _WITH_BUCKET if settings.s3_bucket is not None and getattr(settings, name) is None]
    if missing:
        names = ", ".join(PREFIX + name.upper() for name in missing)
        raise InvalidSetting(f"FINSAGE_S3_BUCKET is set, but not {names}. Set them, or take the bucket away.")
    return settings


_WITH_BUCKET = ("s3_endpoint", "s3_key_id", "s3_key_secret")


def _with_nearest(name: str) -> str:
    near = difflib.get_close_matches(name, Settings.model_fields, 1)
    return PREFIX + name.upper() + (f" (did you mean {PREFIX}{near[0].upper()}?)" if near else "")


_LISTS = frozenset(name for name, field in Settings.model_fields.items() if get_origin(field.annotation) is tuple)

# Read by the supervisor and by nobody else; they name a machine's oddities, not the installation's behaviour.
_ELSEWHERE = frozenset({"pg_bindir", "pg_user"})


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX):
            continue
        field = name.removeprefix(PREFIX).lower()
        if field in _ELSEWHERE:
            continue
        if field.endswith("_file") and field.removesuffix("_file") in Settings.model_fields:
            field, value = field.removesuffix("_file"), _text_of(Path(value), name).strip()  # noqa: PLW2901
        values[field] = _split(value) if field in _LISTS else value
    return values


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(_text_of(path, "The settings file"))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"{path}: {error}") from error


def _text_of(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise InvalidSetting(f"{what} cannot be read from {path}: {reason}.") from error
