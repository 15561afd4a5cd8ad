"""Breaking a store on purpose: a hook that is called at every point at which a machine can fail.

Before `*.after` nothing is durable: an error raised there means "failed". At `*.after` everything is durable and only the answer is
missing: an error raised there means "failed but persisted". `Crash` raised at any point means that the process died there.
"""

from collections.abc import Callable

Hook = Callable[[str], None]
"""Called with the name of the point that is being passed; whatever it raises happens there."""

COMMIT_POINTS = (
    "commit.before",
    "commit.begun",
    "commit.blocks",
    "commit.best",
    "commit.deltas",
    "commit.pool",
    "commit.meta",
    "commit.after",
)
"""Points of a commit, in their order."""
FLUSH_POINTS = (
    "flush.before",
    "flush.begun",
    "flush.entries",
    "flush.tiles",
    "flush.ids",
    "flush.trails",
    "flush.deltas",
    "flush.after",
)
"""Points of a flush, in their order."""


def no_faults(point: str) -> None:
    """The hook of every day: nothing fails."""


class Crash(BaseException):
    """The process dies here. No `except Exception` may catch it, as none could catch a power cut."""


class FaultPlan:
    """A hook that raises what was planned for the n-th passing of a point, and notes every point passed."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self._planned: dict[tuple[str, int], BaseException] = {}

    def plan(self, point: str, error: BaseException, passing: int = 1) -> None:
        """Raises `error` when `point` is passed for the `passing`-th time from now on."""
        self._planned[point, self.passed.count(point) + passing] = error

    def __call__(self, point: str) -> None:
        """Notes the point and raises what is planned for this passing."""
        self.passed.append(point)
        error = self._planned.pop((point, self.passed.count(point)), None)
        if error is not None:
            raise error
