"""What one peer may take of a run, at most: each limit once, and nothing a peer sends goes beyond it.

What runs into a limit is cut off there, recorded so far, and judged no further: a limit of ours is nobody's deviation.
"""

EXCHANGE_SECONDS = 15.0
"""Real seconds for one whole exchange with the API, from the connection to the last byte, however it trickles."""
LONGEST_EXCHANGE_SECONDS = 120.0
"""The most that `--timeout` may put in place of it; files and hurried exchanges are then given as much more."""
HURRIED_SECONDS = 5.0
"""The same, once an answer of that operation was given up."""
FILE_SECONDS = 30.0
"""The same for a file: a download of an output, or what is put to a presigned URL."""
HEADER_BYTES = 32 * 1024
"""Of everything that comes before a body: interim (1xx) responses, status line and headers together."""
INTERIM_RESPONSES = 16
"""1xx responses before the response itself."""
BODY_BYTES = 1024 * 1024
"""Of a body that is no file, as sent and as decompressed: the JSON of this API takes a few kilobytes."""
FILE_BYTES = 64 * 1024 * 1024
"""Of a file, as sent and as decompressed. It is decoded and discarded; its size, hash and pixels are kept."""
SMALL_FILE_BYTES = 4096
"""A file up to this size is kept whole: most likely it is an error in words."""
PIXELS = 40_000_000
"""Of an image before it is decoded: a few kilobytes may claim to be gigabytes."""
JSON_DEPTH = 64
"""Arrays and objects within each other; what is nested deeper is not taken for JSON."""
JSON_DIGITS = 64
"""Of an integer; a longer one is read as a floating-point number, which may be infinite."""
LINE_BODY_BYTES = 4096
"""Of a body that stands in its line of the evidence; a longer one is kept once, in a file of its own."""
DELIVERY_HEADER_BYTES = 64 * 1024
DELIVERY_BYTES = 1024 * 1024
"""Of the header block and the body of what arrives at the webhook receiver."""
EVIDENCE_BYTES = 20 * 1000 * 1000
"""Of the evidence of a whole run, over all its processes; what comes later is kept without its body."""
BUNDLE_BYTES = 200 * 1000 * 1000
BUNDLE_FILES = 20_000
"""Of a certificate's bundle: what is larger is read no further."""
ID_CHARACTERS = 2000
"""Of a generation's id that is polled: it has to stand in a URL."""
TIDYING_SECONDS = 10.0
"""Real seconds to remove webhooks in, once the time of the whole run is over."""
CUT_OFF = 3
"""Exchanges of one operation that ran into a limit; then the operation is called no more."""
OUTAGE_SECONDS = 10.0
"""Real seconds that a target which stopped answering is given to come back."""
