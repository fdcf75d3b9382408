"""What cannot be found again: it never left the memory of a process that was interrupted."""


class LostError(Exception):
    """What only a process had that was interrupted. Its `token` stands in what a scenario sent or was answered, or
    `scenario` is the one whose value is of no use without that process.
    """

    def __init__(self, message: str, *, token: str = "", scenario: str = "") -> None:
        super().__init__(message)
        self.token, self.scenario = token, scenario
