"""What a generation costs, and who can pay for it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from .clock import Clock
from .errors import ApiError
from .model import Account, Order
from .rules import Rules


class PriceList:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def of(self, order: Order) -> int:
        """Credits for all images of an order."""
        return self.rules.prices[order.quality] * order.n


class Ledger:
    """Credits, and the compute that an account has used in each calendar month, in the same unit."""

    def __init__(self, accounts: Iterable[Account], clock: Clock) -> None:
        self.clock = clock
        self.balance: dict[str, int] = {}
        self.compute: dict[tuple[str, str], int] = {}
        for account in accounts:
            self.balance[account.name] = account.credits
            self.compute[account.name, self.month()] = account.compute_used

    def month(self) -> str:
        return datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y-%m")

    def afford(self, account: Account, cost: int) -> None:
        """Raises ApiError 402 when the account cannot pay."""
        if self.compute.get((account.name, self.month()), 0) + cost > account.compute_cap:
            raise ApiError(402, "compute_cap_reached", "The monthly compute cap is used up.")
        if self.balance[account.name] < cost:
            price = "1 credit" if cost == 1 else f"{cost} credits"
            raise ApiError(402, "insufficient_credits", f"This costs {price}, more than the account has.")

    def charge(self, account: Account, cost: int) -> None:
        """Take the credits at acceptance."""
        month = account.name, self.month()
        self.balance[account.name] -= cost
        self.compute[month] = self.compute.get(month, 0) + cost

    def refund(self, account: Account, cost: int) -> None:
        """Give the credits back. The compute stays used."""
        self.balance[account.name] += cost
