"""What the server knows: accounts, orders, generations."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["queued", "running", "succeeded", "failed", "blocked"]
Fate = Literal["rejected", "blocked_input", "blocked_output", "failed"]


@dataclass(frozen=True)
class Account:
    """A customer with one key. `credits` and `compute_used` are what it begins with."""

    name: str
    plan: str
    key: str
    session: str
    credits: int
    compute_cap: int
    compute_used: int = 0

    @property
    def cookie(self) -> str:
        """The `Cookie` header of its dashboard session."""
        return f"session={self.session}"


@dataclass(frozen=True)
class Order:
    """A valid body of generate, defaults filled in."""

    prompt: str
    type: str
    size: str
    quality: str
    n: int
    input_image_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class UploadOrder:
    """A valid body of upload. `size` is in bytes."""

    filename: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Subscription:
    """A valid body of a webhook's registration."""

    url: str
    events: tuple[str, ...]
    label: str


@dataclass
class Generation:
    """One accepted order and what became of it. `inputs` are the uploaded bytes as they were at acceptance."""

    id: str
    account: Account
    order: Order
    inputs: tuple[bytes, ...]
    cost: int
    fate: Fate | None
    created_at: float
    status: Status = "queued"
    error: str | None = None
    completed_at: float | None = None
