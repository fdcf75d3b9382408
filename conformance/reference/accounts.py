"""The reference's customers: one of every plan and state, their secrets derived from a seed."""

from hashlib import sha256

from .model import Account

COMPUTE_CAP = 1_000_000


def accounts_from(seed: int = 0) -> dict[str, Account]:
    """The accounts of a target file, by name. The same seed gives the same keys and cookies."""

    def account(name: str, plan: str, credits_: int, compute_used: int = 0) -> Account:
        return Account(
            name=name,
            plan=plan,
            key="gimg_" + _secret(seed, name, "key"),
            session=_secret(seed, name, "session"),
            credits=credits_,
            compute_cap=COMPUTE_CAP,
            compute_used=compute_used,
        )

    everybody = (
        account("primary", "Max", 100_000),
        account("other", "Pro", 10_000),
        account("burner", "Pro", 10_000),
        account("free", "Free", 100),
        account("broke", "Pro", 0),
        account("capped", "Pro", 100, compute_used=COMPUTE_CAP),
        account("metered", "Pro", 9),
    )
    return {account.name: account for account in everybody}


def _secret(seed: int, name: str, purpose: str) -> str:
    return sha256(f"{seed}:{name}:{purpose}".encode()).hexdigest()[:32]
