"""The entry point: finds the verb, turns an error into one line and an exit code.

Only the verb that was asked for is imported, so that ``finsage evaluate`` does not wait for a server's libraries.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from finsage import __version__
from finsage.errors import FinSageError, Invalid
from finsage.platform.collector import collect_rarely

VERBS = {
    "up": "run the product: database, server and jobs",
    "work": "run a job worker alone",
    "evaluate": "a ledger file to holdings, gains and performance; no server",
    "import": "import a broker's or exchange's file into a portfolio",
    "export": "write a portfolio to a file: JSON, CSV or beancount",
    "prices": "load prices from a CSV file",
    "cache": "empty what is kept to be quicker",
    "jobs": "show the queue and its held jobs, and let them run again",
    "predict": "closes in a file to the odds of the coming days; no server",
    "sentiment": "headlines in a file to how they read; no server",
    "train": "weights from your own prices or texts; no server",
    "models": "show models, add, promote, roll back and verify them",
    "backtest": "score the model and naive baselines on past prices; no server",
    "provider-key": "list, set or delete keys of providers",
    "keys": "look at the keys that secrets are encrypted with, or rotate them",
    "migrate": "bring the database's schema up to date",
    "doctor": "check the installation and print its settings",
    "openapi": "print the description of the HTTP API",
}
_MODULES = {"import": "imports", "export": "exports", "provider-key": "provider_keys"}


def main() -> None:
    """Run a verb. Exit 0 done, 1 failed, 2 wrong usage or input."""
    collect_rarely()
    verb, *arguments = sys.argv[1:] or ["--help"]
    if verb == "--version":
        print(f"finsage {__version__}")
        return
    if verb not in VERBS:
        _usage(verb)
    try:
        _app(verb)(args=arguments, prog_name=f"finsage {verb}")
    except FinSageError as error:
        print(f"finsage: {error.detail or error.title()}", file=sys.stderr)
        for fault in error.faults[:50]:
            print(f"  {fault.pointer}: {fault.detail}", file=sys.stderr)
        sys.exit(2 if isinstance(error, Invalid) else 1)


def _app(verb: str) -> typer.Typer:
    module = import_module(f"finsage.cli.{_MODULES.get(verb, verb)}")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    command = getattr(module, "command", None) or getattr(module, verb)
    app.command(help=VERBS[verb][0].upper() + VERBS[verb][1:] + ".")(command)
    return app


def _usage(verb: str) -> None:
    wanted = verb in {"--help", "-h", "help"}
    stream = sys.stdout if wanted else sys.stderr
    if not wanted:
        print(f"finsage: there is no verb {verb!r}\n", file=stream)
    print("usage: finsage VERB [OPTIONS]   (finsage VERB --help tells more)\n", file=stream)
    for name, summary in VERBS.items():
        print(f"  {name:<12} {summary}", file=stream)
    sys.exit(0 if wanted else 2)
