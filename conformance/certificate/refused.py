"""Why a bundle is refused. It is nobody's deviation and no fault of the suite."""


class Refused(Exception):  # noqa: N818 - an outcome
    """What is wrong with a bundle, in words that follow "refused: "."""
