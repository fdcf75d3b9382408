"""What the profiles promise to cost at most, and what of it the gate has for bodies of the contract.

What a run is going to take is told by `conformance.plan.estimate`.
"""

from conformance.contract import documented
from conformance.plan.marks import Profile

CREDITS: dict[Profile, int] = {"smoke": 5, "gate": 80, "certify": 300}
"""The most that a run of each profile takes of all accounts together, of a target that keeps its promises."""
PRIMARY: dict[Profile, int] = {"smoke": 40, "gate": 100, "certify": 300}
"""The most requests under the primary key, with one process. A smoke run sends none under another."""
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
