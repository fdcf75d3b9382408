"""What a run may cost its target, told before it starts, and what of it the gate has for bodies of the contract."""

from conformance.contract import documented
from conformance.plan.marks import Profile

PLANNED: dict[Profile, dict[str, int]] = {
    "smoke": {"requests": 40, "credits": 5},
    "gate": {"requests": 250, "credits": 80},
    "certify": {"requests": documented().quota + 900, "credits": 300},
}
"""What a run of each profile takes at most, with every account there is and a target that keeps its promises."""
PRIMARY: dict[Profile, int] = {"smoke": 40, "gate": 100, "certify": 300}
"""Of these requests, the most under the primary key."""
BESIDE = {(True, True): 75, (True, False): 63, (False, True): 83, (False, False): 73}
"""Requests under the primary key that a gate takes beside the cases of bodies: by whether there is an account `other`,
which else has the uploads, and by whether primary has a cookie, without which there are no webhooks. A body that
another test sends anyway counts here.
"""
AT_WORK = documented().at_once - 1
"""Generations that are at work together: one less than a target may limit a key to."""
SPARE = 4
"""Polls by which a target that is slower than the embedded one may exceed them."""
NO_ROOM = f"left to certify: no room in the gate's {PRIMARY['gate']} requests"


def room_for_cases(*, other: bool, cookie: bool) -> int:
    """Requests under the primary key that the gate has for cases of bodies."""
    return PRIMARY["gate"] - BESIDE[other, cookie] - SPARE
