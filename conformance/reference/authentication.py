"""Authentication: Bearer keys for the API, session cookies for the dashboard; and which plans have access."""

from collections.abc import Iterable

from .errors import ApiError
from .model import Account
from .request import Request
from .rules import Rules


class Authenticator:
    """Finds the account of a Bearer key (the documentation, Authentication)."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.by_key = {account.key: account for account in accounts}

    def account_of(self, request: Request) -> Account:
        """Raises ApiError 401 unless there is exactly one Authorization header with a known key."""
        account = self.by_key.get(self.token(request) or "")
        if account is None:
            raise ApiError(
                401, "unauthorized", "The API key is missing or invalid.", headers=(("WWW-Authenticate", "Bearer"),)
            )
        return account

    def token(self, request: Request) -> str | None:
        values = request.all("authorization")
        if len(values) != 1:
            return None
        scheme, _, token = values[0].partition(" ")
        return token.strip(" ") if scheme.lower() == "bearer" else None


class Sessions:
    """Finds the account of a dashboard session."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.by_session = {account.session: account for account in accounts}

    def account_of(self, request: Request) -> Account:
        """Raises ApiError 401 without a live session: a Bearer key does not open the dashboard."""
        account = self.by_session.get(self.session(request) or "")
        if account is None:
            raise ApiError(401, "unauthorized", "Sign in first: there is no live session.")
        return account

    def session(self, request: Request) -> str | None:
        pairs = (pair.partition("=") for pair in ";".join(request.all("cookie")).split(";"))
        return next((value.strip() for name, _, value in pairs if name.strip() == "session"), None)


class Plans:
    """Which plans may generate."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def admit(self, account: Account) -> None:
        """Raises ApiError 403."""
        if account.plan not in self.rules.plans:
            raise ApiError(
                403, "plan_required", "The API needs the plan " + " or ".join(sorted(self.rules.plans)) + "."
            )
