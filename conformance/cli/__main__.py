"""`python -m conformance.cli`: the same as `gimg-conformance`."""

from conformance.cli import main

main()
