"""Which environment variables hold the credentials of a target, so that a command line can name them."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from conformance.target.config import ACCOUNTS, API_KEY_VARIABLE
from conformance.target.network import Network, token_name

COOKIE = "-cookie"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELDS = {"key": "", "cookie": COOKIE}


def variables(path: Path) -> dict[str, str]:
    """By account, and by account and "-cookie": what the target file names as `env:NAME`, else our own suggestion.

    A file that cannot be read names none.
    """
    try:
        accounts = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("accounts", {})
    except (OSError, ValueError):
        accounts = {}
    return suggestions() | _named(accounts)


def variables_of_url(api_key: str) -> dict[str, str]:
    """The same for a base URL, of which only one key is known: the value of its option, which may be `env:NAME`."""
    return suggestions() | {"primary": API_KEY_VARIABLE} | _named({"primary": {"key": api_key}})


def variables_of_headers(network: Network) -> dict[str, str]:
    """The same for further headers, by the names that their values have in the evidence."""
    return {token_name(name): variable for name, variable in network.variables.items() if _NAME.fullmatch(variable)}


def suggested(account: str, field: str) -> str:
    """GIMG_KEY and GIMG_COOKIE for the fields of primary, GIMG_OTHER_KEY and so on for the rest."""
    return f"GIMG_{'' if account == 'primary' else f'{account.upper()}_'}{field.upper()}"


def suggestions() -> dict[str, str]:
    """Those of all accounts, by account, and by account and "-cookie"."""
    return {name + suffix: suggested(name, field) for name in ACCOUNTS for field, suffix in _FIELDS.items()}


def _named(accounts: object) -> dict[str, str]:
    found = {}
    for name, account in accounts.items() if isinstance(accounts, Mapping) else ():
        for field, suffix in _FIELDS.items():
            value = account.get(field) if isinstance(account, Mapping) else None
            variable = value.removeprefix("env:") if isinstance(value, str) and value.startswith("env:") else ""
            if _NAME.fullmatch(variable):
                found[name + suffix] = variable
    return found
