"""Requirements that say the same of different circumstances, so that one deviation breaks several of them."""

_FAMILIES = (
    ("AUTH-6", "AUTH-7", "AUTH-8", "AUTH-9"),  # only keys that were issued are let in
    ("GEN-34", "GEN-35"),  # a body is a JSON object
    ("GEN-2", "GEN-29"),  # edits are served
    ("GEN-7", "GEN-8"),  # so long may a prompt be, whatever it is written in
    ("GEN-9", "GEN-10"),  # and no longer
    ("GEN-17", "OUT-6", "OUT-13"),  # an image has the size that was ordered
    ("IDEM-2", "IDEM-3", "IDEM-5", "IDEM-6", "IDEM-7", "IDEM-8", "IDEM-9"),  # a key is good for one generation
    ("IDEM-10", "IDEM-11"),  # and for one account
    ("IDEM-12", "IDEM-13"),  # calls that share no key share no generation
    ("HOOK-6", "HOOK-7"),  # webhooks are registered by a session
    ("LIFE-24", "LIFE-25"),  # what is not there is not found
    ("LIFE-26", "LIFE-27"),  # nor what belongs to another
    ("RATE-7", "RATE-8", "RATE-9", "RATE-10", "RATE-14"),  # what remains is counted
    ("RATE-12", "RATE-13", "RATE-15"),  # when the window is over is told
    ("OUT-8", "OUT-9", "OUT-10"),  # a file is what it is called
    ("RETRY-1", "RETRY-16"),  # a 2xx ends a delivery
    ("RETRY-3", "RETRY-4"),  # an attempt that takes too long is retried
    ("RETRY-5", "RETRY-6"),  # a redirect is a failure
    ("RETRY-13", "RETRY-14", "RETRY-15"),  # so far apart are the attempts
    ("SIGN-3", "SIGN-4"),  # a signature is that of the bytes
    ("SIGN-5", "SIGN-6", "SIGN-7"),  # a delivery has an id of its own
    ("UP-6", "UP-7"),  # so long may a filename be
    ("UP-8", "UP-9"),  # and no longer
    ("UP-28", "UP-31", "UP-32"),  # what was signed is looked at
)
KIN = {id_: family for family in _FAMILIES for id_ in family}
"""By requirement: all that say the same."""
