"""The documentation's numbers, as `openapi.yaml` states them: nothing else on the suite's side writes them down."""

from dataclasses import dataclass
from functools import cache

from conformance.contract.contract import Contract, load


@dataclass(frozen=True, slots=True)
class Documented:
    """Sections of the documentation are named in their own language; times are seconds of the target's clock."""

    quota: int
    """Calls that a key has in each window (速率限制)."""
    window_seconds: int
    """How long a window lasts (速率限制)."""
    at_once: int
    """Calls of a key at the same time (速率限制)."""
    prompt_characters: int
    """Of a prompt, at most (POST /api/v1/generate, Body)."""
    images: int
    """The largest `n` (POST /api/v1/generate, Body)."""
    input_images: int
    """Keys in `inputImageKeys`, at most (POST /api/v1/generate, Body)."""
    filename_characters: int
    """Of an upload's filename, at most (POST /api/v1/upload, Body)."""
    upload_bytes: int
    """The largest size of an upload that is served for sure: 10 MB (POST /api/v1/upload, Body; R14)."""
    upload_bytes_at_most: int
    """The largest size that may be served, if 10 MB is read as 10 MiB (R14)."""
    url_seconds: float
    """An upload's URL expires after them (POST /api/v1/upload, Response)."""
    attempt_seconds: float
    """The timeout of a webhook's attempt (外送 Webhook)."""
    retry_seconds: tuple[float, ...]
    """The gaps before a webhook's retries (外送 Webhook)."""
    failures: int
    """In a row, they switch a webhook off (外送 Webhook)."""

    @property
    def attempts(self) -> int:
        """Of one delivery, at most."""
        return 1 + len(self.retry_seconds)


@cache
def documented() -> Documented:
    """The numbers of the contract that this version ships."""
    return read(load())


def read(contract: Contract) -> Documented:
    """The numbers of a contract. KeyError: it lacks one."""
    components = contract.document["components"]
    bodies = {name: components["schemas"][name]["properties"] for name in ("GenerateRequest", "UploadRequest")}
    generate, upload = bodies["GenerateRequest"], bodies["UploadRequest"]
    key, webhook = components["securitySchemes"]["apiKey"]["x-limits"], components["responses"]["NotDelivered"]
    return Documented(
        quota=components["headers"]["RateLimitLimit"]["schema"]["const"],
        window_seconds=key["windowSeconds"],
        at_once=key["atOnce"],
        prompt_characters=generate["prompt"]["maxLength"],
        images=generate["n"]["maximum"],
        input_images=generate["inputImageKeys"]["maxItems"],
        filename_characters=upload["filename"]["maxLength"],
        upload_bytes=upload["size"]["maximum"],
        upload_bytes_at_most=upload["size"]["x-open"]["maximum"],
        url_seconds=float(components["schemas"]["Upload"]["properties"]["url"]["x-limits"]["seconds"]),
        attempt_seconds=float(webhook["x-limits"]["attemptSeconds"]),
        retry_seconds=tuple(map(float, webhook["x-limits"]["retrySeconds"])),
        failures=webhook["x-limits"]["failures"],
    )
