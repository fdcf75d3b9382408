"""Contract and conformance tests for the image-generation API."""

__version__ = "0.1.0"
