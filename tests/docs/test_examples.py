"""The examples in docs/: each draws its picture, and comes to the numbers that it promises."""

import importlib.util

import pytest
from helpers.paths import REPOSITORY

FOLDER = REPOSITORY / "docs/examples"
AT_LEAST = {
    "factories": {"smallest correlation": 0.995, "share of days right": 0.999},
    "blinking_cells": {
        "smallest correlation of footprints": 0.99,
        "smallest correlation of traces": 0.99,
    },
    "image_parts": {
        "power explained by parts": 0.94,
        "power explained by principal components": 0.95,
        "digits named right from activations": 0.94,
        "digits named right from pixels": 0.95,
    },
    "document_topics": {"share of main topics right": 0.96},
    "speakers": {"smooth NMF": 0.97, "smooth convex NMF": 0.97},
    "gaps": {
        "share that stays, a gap inside": 0.99,
        "share that stays, data missing at the start": 0.94,
    },
    "sequences": {
        "significant": 3,
        "power explained": 0.5,
        "share of onsets found": 0.9,
        "share of peaks at an onset": 0.9,
    },
}


@pytest.fixture(scope="module")
def run_example(tmp_path_factory):
    """Return a function that runs an example, once, and gives its numbers and its folder."""
    done = {}

    def run(name):
        if name not in done:
            spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
            example = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(example)
            folder = tmp_path_factory.mktemp(name)
            done[name] = example.main(folder), folder
        return done[name]

    return run


def test_there_is_a_test_for_each_example():
    assert sorted(AT_LEAST) == sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.mark.endurance
@pytest.mark.parametrize("name", AT_LEAST)
def test_an_example_draws_a_picture_and_keeps_its_promise(run_example, name):
    numbers, folder = run_example(name)
    assert [path.name for path in folder.iterdir()] == [f"{name}.png"]
    assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    too_low = {key: numbers[key] for key, least in AT_LEAST[name].items() if numbers[key] < least}
    assert not too_low


@pytest.mark.endurance
def test_smoothness_helps_to_tell_speakers_apart(run_example):
    numbers, _ = run_example("speakers")
    assert numbers["smooth NMF"] > numbers["plain NMF"] + 0.08
    assert numbers["smooth convex NMF"] > numbers["plain NMF"] + 0.08


@pytest.mark.endurance
def test_speakers_are_the_same_batch_by_batch(run_example):
    numbers, _ = run_example("speakers")
    assert numbers["largest difference of components, batch by batch"] < 1e-6


@pytest.mark.endurance
def test_no_more_sequences_are_found_than_there_are(run_example):
    numbers, _ = run_example("sequences")
    assert numbers["significant"] == 3
