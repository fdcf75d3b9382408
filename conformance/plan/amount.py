"""What is taken of an account: requests, generations, credits and images."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Amount(NamedTuple):
    """Requests under its key, generations that it accepts, the credits that they cost, and the images they have.

    A price may be a fraction of a credit.
    """

    requests: int = 0
    generations: int = 0
    credits: float = 0
    images: int = 0

    def plus(self, other: "Amount") -> "Amount":
        return Amount._make(map(sum, zip(self, other, strict=True)))

    def less(self, other: "Amount") -> "Amount":
        """Never below nothing."""
        return Amount._make(max(0, one - two) for one, two in zip(self, other, strict=True))

    @property
    def rounded(self) -> "Amount":
        """With whole credits."""
        return self._replace(credits=round(self.credits))


NOTHING = Amount()
Bill = Mapping[str, Amount]
"""By account. One that is not named takes nothing."""


def total(bills: Iterable[Bill]) -> dict[str, Amount]:
    """All of them together, the accounts in the order of their names."""
    found: dict[str, Amount] = {}
    for bill in bills:
        for name, amount in bill.items():
            found[name] = found.get(name, NOTHING).plus(amount)
    return dict(sorted(found.items()))


def of_all(bill: Bill) -> Amount:
    """Over all accounts."""
    return total({"": amount} for amount in bill.values()).get("", NOTHING)
