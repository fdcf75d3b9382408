"""The next window of a quota that an interrupted part of the run has used up."""

from conformance.checks.contact import seconds_to_reset
from conformance.client import Api
from conformance.world.first_contact import MARGIN_SECONDS, UNKNOWN_ID
from conformance.world.world import World


def await_quota(world: World, api: Api, least: int) -> None:
    """Wait for the reset where fewer calls are left. Raises NotTested where the run may not wait so long."""
    answer = api.generation(UNKNOWN_ID, expects_429=True, probe="what the interrupted part left of the quota")
    left = answer.header("x-ratelimit-remaining")
    seconds = seconds_to_reset(answer)
    if left is None or not left.isdecimal() or int(left) >= least or seconds is None:
        return
    world.must_wait(seconds)
    world.clock.sleep(seconds + MARGIN_SECONDS)
