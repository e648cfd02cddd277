"""The section fingerprints."""

from typing import Any, Literal

from specufex_pipe.settings.section import Section, setting


class FingerprintSettings(Section):
    """How fingerprints are made of states; a change keeps the HMMs as they are."""

    method: Literal["sequence", "transitions"] = setting(
        "sequence", '"sequence": which state comes before which; "transitions": SpecUFEx\'s'
    )
    horizon: int = setting(20, "frames in which the weight of what follows falls to 1/e", ge=1)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `BayesianHMM` that these are."""
        return {"fingerprint": self.method, "horizon": self.horizon}
