"""The numbers and words of the documentation, and the choices that it leaves to the server, as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Rules:
    """Sizes in pixels or bytes, times in seconds of the server's clock, money in credits."""

    # Rate limits, per key.
    limit: int = 600
    window_seconds: float = 3600
    concurrency: int = 5
    concurrency_retry_after: int = 1

    # Who may generate.
    plans: frozenset[str] = frozenset({"Pro", "Max"})

    # Request bodies.
    prompt_max: int = 4000
    types: tuple[str, ...] = ("text2img", "edit")
    default_type: str = "text2img"
    sizes: tuple[str, ...] = ("1024x1024", "1024x1536", "1536x1024")
    default_size: str = "1024x1024"
    qualities: tuple[str, ...] = ("low", "medium", "high")
    default_quality: str = "medium"
    n_max: int = 4
    default_n: int = 1
    input_keys_max: int = 4
    filename_max: int = 200
    content_types: tuple[str, ...] = ("image/png", "image/jpeg", "image/webp")
    upload_bytes_max: int = 10 * 1024 * 1024
    body_bytes_max: int = 1024 * 1024

    # Credits for one image.
    prices: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"low": 1, "medium": 2, "high": 4}))
    # How much larger than the requested size the images of a quality are, per side: twice keeps the aspect exactly.
    magnification: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"high": 2}))

    # A generation's life.
    queue_seconds: float = 1.0
    run_seconds: float = 2.0

    # A prompt that contains one of these meets its fate.
    rejected: str = "[policy: reject]"
    blocked_input: str = "[policy: block]"
    blocked_output: str = "[policy: block the output]"
    failed: str = "[model: fail]"

    # Uploads.
    presign_seconds: int = 300

    # Webhooks.
    succeeded_event: str = "generation.succeeded"
    failed_event: str = "generation.failed"
    delivery_timeout: float = 5.0
    retry_delays: tuple[float, ...] = (30.0, 120.0, 600.0)
    disable_after: int = 8

    @property
    def events(self) -> tuple[str, ...]:
        return (self.succeeded_event, self.failed_event)
