"""The caller's warning filters: who has warnings raised as errors must not thereby change a verdict."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def warnings_shown() -> Iterator[None]:
    """Meanwhile warnings are shown and never raised, whatever -W, PYTHONWARNINGS or an ini file say.

    The filters belong to the whole process, so that the threads of waiting scenarios have the same.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield
