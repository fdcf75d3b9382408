"""The caller's warning filters: warnings raised as errors must not change a verdict."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def warnings_shown() -> Iterator[None]:
    """Inside, warnings are shown and never raised, whatever -W, PYTHONWARNINGS or an ini file say.

    Filters belong to the whole process, so the threads of waiting scenarios have them too.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield
