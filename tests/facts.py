"""The facts of a run that our own tests judge: whatever a test is about, it says itself."""

from typing import Any

FACTS: dict[str, Any] = {
    "profile": "gate",
    "target_name": "staging",
    "base_url": "https://staging.example.com",
    "seed": 0,
    "started_at": "2026-01-01T00:00:00Z",
    "finished_at": "2026-01-01T00:00:10Z",
    "wall_seconds": 10.0,
    "suite_version": "1",
    "contract_sha256": "c",
    "requirements_sha256": "r",
}
