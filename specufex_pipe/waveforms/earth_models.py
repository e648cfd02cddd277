"""The Earth models that there are, without loading TauP."""

from importlib.resources import files


def require_earth_model(name: str) -> None:
    """Raise a ValueError if TauP comes without a model of a name."""
    there = files("obspy.taup") / "data"
    models = sorted(
        path.name.removesuffix(".npz") for path in there.iterdir() if path.name.endswith(".npz")
    )
    if name not in models:
        raise ValueError(
            f"earth_model is {name!r}: not one of TauP's; choose from {', '.join(models)}"
        )
