"""The fixtures of the suite, by name."""

from conformance.world.fixtures import *  # noqa: F403 - pytest finds fixtures by their names in this module
from conformance.world.scenarios.concurrency import *  # noqa: F403 - as above
from conformance.world.scenarios.credits import *  # noqa: F403 - as above
from conformance.world.scenarios.examples import *  # noqa: F403 - as above
from conformance.world.scenarios.generate import *  # noqa: F403 - as above
from conformance.world.scenarios.idempotency import *  # noqa: F403 - as above
from conformance.world.scenarios.lifecycle import *  # noqa: F403 - as above
from conformance.world.scenarios.outputs import *  # noqa: F403 - as above
from conformance.world.scenarios.rate_limits import *  # noqa: F403 - as above
from conformance.world.scenarios.traces import *  # noqa: F403 - as above
from conformance.world.scenarios.uploads import *  # noqa: F403 - as above
from conformance.world.scenarios.validation import *  # noqa: F403 - as above
from conformance.world.scenarios.webhook_disabling import *  # noqa: F403 - as above
from conformance.world.scenarios.webhook_retries import *  # noqa: F403 - as above
from conformance.world.scenarios.webhooks import *  # noqa: F403 - as above
