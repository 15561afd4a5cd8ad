"""What stands in the browser's modules that joining does not know. Raised at start and in tests, never by what anybody sends."""


class JoiningError(ValueError):
    """The modules use JavaScript in a way for which the joining was not made."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = expected
        self.found = found
