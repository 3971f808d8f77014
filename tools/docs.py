"""Writes the generated parts of the reference from the code; ``--check`` compares and changes nothing.

    uv run python tools/docs.py [--check]

A page says where a part goes, and everything around it is written by hand:

    <!-- generated: settings -->
    <!-- /generated -->

``docs/reference/openapi.json`` is generated as a whole.
"""

from __future__ import annotations

import argparse
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import typer
from fastapi.routing import iter_route_contexts
from prometheus_client.metrics import MetricWrapperBase

import finsage
from finsage.app import build_api, openapi
from finsage.cli import main as command_line
from finsage.errors import FinSageError
from finsage.finance.options import Options
from finsage.finance.transaction import _FIELDS, _REQUIRED, AccountKind, TransactionType
from finsage.gateway.problem_pages import error_classes, members_of
from finsage.identity.service.authentication import scopes_of
from finsage.migrations.roles import ROLES
from finsage.platform.problems import STATUS_BY_KIND, status_of
from finsage.platform.settings import _ELSEWHERE, PREFIX, Settings
from finsage.platform.telemetry import REGISTRY
from finsage.portfolio.importers.format import Format, Refuse, Skip
from finsage.portfolio.importers.formats import FORMATS
from finsage.portfolio.importers.native import FIELDS as NATIVE_FIELDS
from finsage.services import API, PUBLIC_ROUTES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
OPENAPI = DOCS / "reference" / "openapi.json"
SCHEMA = ROOT / "src" / "finsage" / "migrations" / "versions"
DECISIONS = DOCS / "decisions"

_BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
_DEFINER = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(([^)]*)\)[^$]*SECURITY DEFINER SET search_path = ([^$]+?) AS \$\$"
)
_PURPOSE = {
    "forget_predictions": "a trigger that nobody calls: removes the forecasts of a portfolio or asset that is deleted, "
    "of its own tenant alone",
    "check_postings_sum_to_zero": "refuses postings that do not sum to zero per asset, and writes `balances`, "
    "which no run-time role may write",
    "erase_portfolio": "removes one portfolio of the tenant in force with its books; the append-only guard lets nobody "
    "else delete",
}


def main() -> int:
    """Write or compare. Exit 1 when ``--check`` finds a page that is not what the code says."""
    parser = argparse.ArgumentParser(description="The generated parts of the reference.")
    parser.add_argument("--check", action="store_true", help="compare only")
    is_check = parser.parse_args().check
    stale = {path: wanted for path, wanted in pages() if not path.is_file() or path.read_text("utf-8") != wanted}
    for path, wanted in stale.items():
        if is_check:
            print(f"{path.relative_to(ROOT)} is not what the code says: run tools/docs.py", file=sys.stderr)
        else:
            path.write_text(wanted, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} written")
    return 1 if is_check and stale else 0


def pages() -> Iterator[tuple[Path, str]]:
    """Each file with generated parts, and what it should hold."""
    yield OPENAPI, json.dumps(openapi(), indent=1, ensure_ascii=False) + "\n"
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if _BLOCK.search(text):
            yield path, _BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]]()}\n{found[3]}", text)


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    names = list(header)
    lines = [names, ["---"] * len(names), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _code(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


# Settings ------------------------------------------------------------------------------------------------------------

_DEFAULT_DATA_DIR = "`/var/lib/finsage` for root, else `~/.local/share/finsage` (or where `XDG_DATA_HOME` points)"
_SUPERVISOR = {
    "pg_bindir": ("text", "the wheel's", "Directory of the PostgreSQL programs for the embedded server (17 or later)"),
    "pg_user": (
        "text", "first of `finsage`, `postgres`, `nobody` that exists",
        "Account of the embedded server when FinSage runs as root",
    ),
}  # fmt: skip


def settings() -> str:
    """Every setting: name, type, default, meaning."""
    assert set(_SUPERVISOR) == _ELSEWHERE, "say what the supervisor's variables mean"
    described = Settings.model_json_schema()["properties"]
    rows = [
        (f"`{PREFIX}{name.upper()}`", _type_of(schema), _default_of(name), schema["description"])
        for name, schema in described.items()
    ]
    rows += [(f"`{PREFIX}{name.upper()}`", *values) for name, values in sorted(_SUPERVISOR.items())]
    return table(("Name", "Type", "Default", "Meaning"), rows)


def _type_of(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type_of(part) for part in schema["anyOf"] if part.get("type") != "null")
    if "enum" in schema:
        return _code(schema["enum"])
    names = {"string": "text", "boolean": "`true` or `false`", "integer": "whole number", "array": "list"}
    bounds = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([names[schema["type"]], *bounds])


def _default_of(name: str) -> str:
    if name == "data_dir":
        return _DEFAULT_DATA_DIR
    value = Settings.model_fields[name].default
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


# Command line --------------------------------------------------------------------------------------------------------


def verbs() -> str:
    """Each verb with its arguments and options."""
    return "\n".join(_verb(name, summary) for name, summary in command_line.VERBS.items())


def _verb(name: str, summary: str) -> str:
    command: Any = typer.main.get_command(command_line._app(name))  # noqa: SLF001 - as the entry point does it
    arguments = " ".join(p.name.upper() for p in command.params if p.param_type_name == "argument")
    usage = " ".join(part for part in ("finsage", name, arguments, "[OPTIONS]" if _options(command) else "") if part)
    rows = [(_spelling(p), _values(p), p.help or "") for p in command.params if p.name != "help"]
    described = table(("Argument or option", "Value", "Meaning"), rows) if rows else "It takes no options.\n"
    return f"## {name}\n\n`{usage}`: {summary}.\n\n{described}"


def _options(command: Any) -> list[Any]:
    return [p for p in command.params if p.param_type_name == "option" and p.name != "help"]


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return _code(parameter.opts) + (", needed" if parameter.required else "")


def _values(parameter: Any) -> str:
    if getattr(parameter, "is_bool_flag", False):
        return ""
    kinds = {"Path": "path", "str": "text", "int": "number", "bool": ""}
    annotation = parameter.type_descriptor.annotation
    return _code(get_args(annotation)) or kinds[annotation.__name__]


# Errors --------------------------------------------------------------------------------------------------------------


def errors() -> str:
    """Every problem a caller can meet, by status."""
    _import_everything()
    found = {error.slug(): error for error in error_classes() if error.__module__.startswith("finsage")}
    by_status: dict[int, list[type[FinSageError]]] = {}
    for error in sorted(found.values(), key=lambda error: error.slug()):
        by_status.setdefault(status_of(error), []).append(error)
    return "\n".join(_status(status, by_status[status]) for status in sorted(by_status))


# Programs, and what imports the package of an extra; no error is defined there.
_NOT_IMPORTED = ("__main__", "migrations.env", "platform.shared.store")


def _import_everything() -> None:
    for module in pkgutil.walk_packages(finsage.__path__, "finsage."):
        if not module.name.endswith(_NOT_IMPORTED):
            import_module(module.name)


def _status(status: int, classes: list[type[FinSageError]]) -> str:
    kinds = _code(kind for kind, number in STATUS_BY_KIND.items() if number == status)
    rows = [(f"`{error.slug()}`", error.title(), _code(members_of(error)), _room(error)) for error in classes]
    head = f"## {status}\n\n" + (f"Kind: {kinds}.\n\n" if kinds else "")
    return head + table(("Type `/problems/…`", "Title", "Members of its own", "From"), rows)


def _room(error: type[FinSageError]) -> str:
    parts = error.__module__.split(".")
    return f"`{parts[1]}`" if len(parts) > 1 else ""


# Import formats ------------------------------------------------------------------------------------------------------


def import_formats() -> str:
    """Each format: how it is recognised and what becomes of its rows."""
    return "\n".join(_format(form) for form in FORMATS.values())


def _format(form: Format) -> str:
    signature = _code(form.signature) + "".join(f"; one of {_code(group)}" for group in form.any_of)
    facts = [
        f"- Id `{form.id}`, files {_code(form.extensions)}.",
        f"- Recognised by the {'headers' if form.container.value == 'table' else 'members'} {signature}.",
    ]
    if form.account:
        facts.append(f"- Account where the file names none: `{form.account}`.")
    if form.time_zone != "UTC":
        facts.append(f"- Times without an offset are of {form.time_zone}.")
    skipped = [(label, rule.reason) for label, rule in form.types.items() if isinstance(rule, Skip)]
    refused = [(label, rule.message) for label, rule in form.types.items() if isinstance(rule, Refuse)]
    booked = [label for label, rule in form.types.items() if not isinstance(rule, Skip | Refuse)]
    if form.id in {"finsage", "finsage-json"}:
        facts.append("- Booked: the types of [transactions](#types-and-their-fields).")
    elif booked:
        facts.append(f"- Booked: {_code(label or '(empty)' for label in booked)}.")
    facts += [f"- Skipped: `{label}`, {reason}" for label, reason in skipped]
    facts += [f"- Refused: `{label}`, {message}" for label, message in refused]
    return f"### {form.name}\n\n{form.description}\n\n" + "\n".join(facts) + "\n"


def native_fields() -> str:
    """The columns of the FinSage CSV."""
    return table(("Column", "Meaning"), [(f"`{name}`", meaning) for name, meaning in NATIVE_FIELDS.items()])


def transaction_types() -> str:
    """Each type: fields it needs and fields it may have, under the names files and requests use."""
    shown = {"asset": "symbol", "to_asset": "to_symbol"}
    rows = []
    for kind in TransactionType:
        needed = _REQUIRED.get(kind, ())
        others = _FIELDS[kind] - set(needed)
        names = [shown.get(name, name) for name in needed]
        rows.append((f"`{kind}`", _code(names), _code(sorted(shown.get(name, name) for name in others))))
    return table(("Type", "Needs", "May have"), rows)


def account_kinds() -> str:
    """Where postings land."""
    return _code(AccountKind) + "\n"


# Evaluate, routes, security, decisions -------------------------------------------------------------------------------


def options() -> str:
    """The options of ``finsage evaluate`` with their defaults and choices."""
    defaults = Options()
    rows = []
    for option in fields(Options):
        default = getattr(defaults, option.name)
        kind: Any = type(default)
        if isinstance(default, StrEnum):
            doc, allowed = inspect.cleandoc(kind.__doc__ or ""), _code(kind)
        else:
            doc, allowed = "", ""
        rows.append((f"`{option.name}`", _shown(option.name, default), allowed or _plain_type(option.name), doc))
    return table(("Option", "Default", "Values", "Meaning"), rows)


def _shown(name: str, default: object) -> str:
    if name == "scope":
        return "everything"
    if default is None:
        return "as `fees_in_cost`"
    return f"`{str(default).lower()}`"


def _plain_type(name: str) -> str:
    if name == "scope":
        return '`"all"`, or an object with `portfolio`, `account` or `symbol`'
    return "days" if name.endswith("_days") else "`true`, `false`"


def routes() -> str:
    """Every route of the API with the scope it asks for."""
    rows = []
    for context in iter_route_contexts(build_api().routes):
        route: Any = context
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            if route.path == f"{API}/openapi.json":
                continue
            wanted = ", ".join(f"`{scope}`" for scope in _scopes(route.dependant))
            if (method, route.path) in PUBLIC_ROUTES:
                wanted = "nobody need be signed in"
            endpoint: Any = getattr(context.original_route, "endpoint", None)
            summary = inspect.cleandoc(endpoint.__doc__ or "").split("\n")[0]
            rows.append((f"`{method} {route.path}`", wanted, summary))
    return table(("Route", "Scope", "Does"), rows)


def _scopes(dependant: Any) -> Iterator[str]:
    scope = getattr(dependant.call, "scope", None)
    if isinstance(scope, str):
        yield scope
    for inner in dependant.dependencies:
        yield from _scopes(inner)


def scopes() -> str:
    """What each role of a tenant may do."""
    every = sorted(scopes_of("owner", is_admin=True))
    given = {role: scopes_of(role, is_admin=False) for role in ("owner", "member", "viewer")}
    rows = [(f"`{scope}`", *("yes" if scope in held else "" for held in given.values())) for scope in every]
    return table(("Scope", *given), rows)


def definer_functions() -> str:
    """Each SECURITY DEFINER function of the schema; one that is not described here stops the generation."""
    rows = []
    for path in sorted(SCHEMA.glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8")
        found = _DEFINER.findall(text)
        assert len(found) == len(re.findall(r"^ +SECURITY DEFINER SET search_path", text, re.MULTILINE)), path
        rows += [(f"`{name}({given})`", f"`{place}`", _PURPOSE[name], path.stem) for name, given, place in found]
    return table(("Function", "search_path", "Why it needs its owner's rights", "Migration"), rows)


def database_roles() -> str:
    """The roles of the database."""
    return table(("Role", "Does"), [(f"`{name}`", purpose) for name, purpose in ROLES.items()])


def metrics() -> str:
    """Every metric of ours, as a scraper names it."""
    import_module("finsage.cli.product")
    rows = {}
    for collector in list(REGISTRY._collector_to_names):  # noqa: SLF001 - the library lists them nowhere else
        if not isinstance(collector, MetricWrapperBase):
            continue
        [family] = collector.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        rows[name] = (f"`{name}`", family.type, _code(collector._labelnames), family.documentation)  # noqa: SLF001
    return table(("Metric", "Type", "Labels", "Meaning"), (rows[name] for name in sorted(rows)))


def decisions() -> str:
    """The list of decision records."""
    rows = []
    for path in sorted(DECISIONS.glob("[0-9]*.md")):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix("# ")
        number, _, name = title.partition(". ")
        area = re.search(r"^- Area: (.+)$", text, re.MULTILINE)
        rows.append((number, f"[{name}]({path.name})", area[1] if area else ""))
    return table(("No.", "Decision", "Area"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "verbs": verbs,
    "errors": errors,
    "import-formats": import_formats,
    "native-fields": native_fields,
    "transaction-types": transaction_types,
    "account-kinds": account_kinds,
    "options": options,
    "routes": routes,
    "scopes": scopes,
    "definer-functions": definer_functions,
    "database-roles": database_roles,
    "decisions": decisions,
    "metrics": metrics,
}

if __name__ == "__main__":
    sys.exit(main())
