"""The steps by name: what a type in the setting waveforms.processing chooses from."""

from typing import TYPE_CHECKING

from specufex_pipe.registries import Registry

if TYPE_CHECKING:
    from specufex_pipe.waveforms.steps.base import Step

_FOLDER = "specufex_pipe.waveforms.steps"

STEPS: Registry["Step"] = Registry(
    "step of the processing",
    {
        "detrend": f"{_FOLDER}.trend:Detrend",
        "demean": f"{_FOLDER}.trend:Demean",
        "taper": f"{_FOLDER}.trend:Taper",
        "filter": f"{_FOLDER}.filter:Filter",
        "resample": f"{_FOLDER}.resample:Resample",
        "remove_response": f"{_FOLDER}.response:RemoveResponse",
        "remove_sensitivity": f"{_FOLDER}.response:RemoveSensitivity",
        "differentiate": f"{_FOLDER}.calculus:Differentiate",
        "integrate": f"{_FOLDER}.calculus:Integrate",
        "rotate": f"{_FOLDER}.rotate:Rotate",
        "normalize": f"{_FOLDER}.normalize:Normalize",
    },
)
