"""All kinds of pages, in one list."""

from trace.web import (
    alerts,
    api,
    batches,
    blocks,
    checkpoints,
    finality,
    health,
    home,
    link,
    parties,
    problems,
    recalls,
    scan,
    state,
    transactions,
    verifier,
)

BLUEPRINTS = tuple(
    module.bp
    for module in (
        home,
        link,
        scan,
        batches,
        recalls,
        alerts,
        blocks,
        transactions,
        parties,
        finality,
        checkpoints,
        state,
        verifier,
        health,
        api,
        problems,
    )
)
"""The blueprints that `create_app` registers."""
