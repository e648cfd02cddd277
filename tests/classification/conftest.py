"""Few candidates, and forests that take a moment."""

import pytest

from specufex_pipe.classification import candidates, learning


@pytest.fixture(scope="module")
def few_candidates():
    weak, *_, strong, forest = candidates.CANDIDATES[1:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "_N_TREES", 20)
        patch.setattr(learning, "CANDIDATES", (weak, strong, forest))
        yield
