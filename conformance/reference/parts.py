"""Every promise of the server is kept by one small part; here they are put together.

A part may be replaced by another, or one of its methods wrapped, any time before the first request.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .accounts import accounts_from
from .authentication import Authenticator, Plans, Sessions
from .clock import Clock
from .idempotency import Idempotency
from .ids import Ids
from .ledger import Ledger, PriceList
from .limiter import Limiter
from .model import Account, Generation
from .moderation import Moderator
from .painter import Painter
from .presenter import Presenter
from .rules import Rules
from .sender import Sender
from .storage import Bucket, Presigner
from .validation import Validator
from .webhooks import Registry, Schedule, Signer


@dataclass
class Parts:
    """The parts, and the state they do not hold themselves. `ended` is called with every generation when it ends."""

    rules: Rules
    clock: Clock
    base_url: str
    ids: Ids
    accounts: dict[str, Account]
    authenticator: Authenticator
    sessions: Sessions
    plans: Plans
    limiter: Limiter
    idempotency: Idempotency
    prices: PriceList
    ledger: Ledger
    validator: Validator
    moderator: Moderator
    painter: Painter
    presenter: Presenter
    bucket: Bucket
    presigner: Presigner
    registry: Registry
    signer: Signer
    schedule: Schedule
    sender: Sender
    generations: dict[str, Generation] = field(default_factory=dict)
    ended: list[Callable[[Generation], None]] = field(default_factory=list)


def assemble(rules: Rules, clock: Clock, base_url: str, seed: int = 0) -> Parts:
    """The parts of a conformant server that is reached at `base_url`."""
    everybody = accounts_from(seed)
    ids, painter = Ids(seed), Painter(rules)
    return Parts(
        rules=rules,
        clock=clock,
        base_url=base_url,
        ids=ids,
        accounts=everybody,
        authenticator=Authenticator(everybody.values()),
        sessions=Sessions(everybody.values()),
        plans=Plans(rules),
        limiter=Limiter(rules, clock),
        idempotency=Idempotency(),
        prices=PriceList(rules),
        ledger=Ledger(everybody.values(), clock),
        validator=Validator(rules),
        moderator=Moderator(rules),
        painter=painter,
        presenter=Presenter(rules, painter, base_url),
        bucket=Bucket(ids),
        presigner=Presigner(rules, clock, base_url),
        registry=Registry(rules, clock, ids),
        signer=Signer(),
        schedule=Schedule(rules),
        sender=Sender(),
    )
