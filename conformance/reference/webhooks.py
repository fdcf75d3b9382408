"""Registered webhooks: their events, and which are disabled."""

import hashlib
import hmac
from dataclasses import dataclass

from .clock import Clock
from .errors import not_found
from .ids import Ids
from .model import Account, Subscription
from .rules import Rules


@dataclass
class Webhook:
    """An endpoint of a customer. `failures` counts failed attempts since the last success."""

    id: str
    account: Account
    url: str
    events: tuple[str, ...]
    label: str
    secret: str
    created_at: float
    enabled: bool = True
    failures: int = 0


class Registry:
    def __init__(self, rules: Rules, clock: Clock, ids: Ids) -> None:
        self.rules, self.clock, self.ids = rules, clock, ids
        self.webhooks: dict[str, Webhook] = {}

    def register(self, account: Account, subscription: Subscription) -> Webhook:
        webhook = Webhook(
            id=self.ids.uuid(),
            account=account,
            url=subscription.url,
            events=subscription.events,
            label=subscription.label,
            secret=self.ids.secret(),
            created_at=self.clock.now(),
        )
        self.webhooks[webhook.id] = webhook
        return webhook

    def of(self, account: Account) -> list[Webhook]:
        """The account's own."""
        return [webhook for webhook in self.webhooks.values() if webhook.account == account]

    def find(self, account: Account, webhook_id: str) -> Webhook:
        """Raises ApiError 404, for another account's as for one that never was."""
        webhook = self.webhooks.get(webhook_id)
        if webhook is None or webhook.account != account:
            raise not_found("webhook")
        return webhook

    def remove(self, webhook: Webhook) -> None:
        """Retries in progress stop with it."""
        del self.webhooks[webhook.id]
        webhook.enabled = False

    def switch(self, webhook: Webhook, *, enabled: bool) -> None:
        """Enabling forgets the failures."""
        webhook.enabled, webhook.failures = enabled, 0

    def subscribers(self, account: Account, event: str) -> list[Webhook]:
        """The webhooks that get an event of an account's generation."""
        return [webhook for webhook in self.of(account) if webhook.enabled and event in webhook.events]

    def succeeded(self, webhook: Webhook) -> None:
        webhook.failures = 0

    def failed(self, webhook: Webhook) -> None:
        """Eight failed attempts in a row, over all deliveries, disable a webhook."""
        webhook.failures += 1
        if webhook.failures >= self.rules.disable_after:
            webhook.enabled = False


class Signer:
    def sign(self, secret: str, body: bytes) -> str:
        """Lower-case hex HMAC-SHA256 of the raw body, keyed with the whole secret string."""
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Schedule:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def delay_before(self, number: int) -> float | None:
        """Seconds from the end of the attempt before to attempt `number`, the first being 1; None: no more."""
        delays = (0.0, *self.rules.retry_delays)
        return delays[number - 1] if number <= len(delays) else None
