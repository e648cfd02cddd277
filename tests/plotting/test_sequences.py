"""The figure of convolutive NMF: what is in its panels, what they share, and what is refused."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from specufex_pipe.factorizations import SeqNMF
from specufex_pipe.plotting.sequences import latency_order, sequences_figure
from specufex_pipe.plotting.style import png

LENGTH, N_FRAMES = 5, 60
# Feature i is number LATENCY[i] in time of sequence SEQUENCE[i]; shuffled, as features are in life.
SEQUENCE = np.array([1, 0, 0, 1, 1, 0, 1, 0])
LATENCY = np.array([2, 3, 0, 0, 3, 1, 1, 2])
SORTED = [2, 5, 7, 1, 3, 6, 0, 4]
LARGEST = np.array([3.0, 2.0])


@pytest.fixture(scope="module")
def planted():
    """Two sequences that recur without overlap, and an empty component that is fitted with them."""
    n_features = len(SEQUENCE)
    components = np.zeros((3, n_features, LENGTH))
    components[SEQUENCE, np.arange(n_features), LATENCY] = np.arange(1, n_features + 1)
    X = np.zeros((n_features, N_FRAMES))
    for sequence, starts in enumerate(((2, 20, 38), (11, 29, 50))):
        strengths = LARGEST[sequence] * np.array([0.5, 1, 0.8])
        for start, strength in zip(starts, strengths, strict=True):
            X[:, start : start + LENGTH] += strength * components[sequence]
    model = SeqNMF(
        3, LENGTH, cross_orthogonality=0, fixed_components=True, shift=False, sort=False,
        max_iter=200,
    ).fit(X, components=components)  # fmt: skip
    return model, X


def panels_of(figure):
    return {axes.get_label(): axes for axes in figure.axes}


def drawn(axes):
    (image,) = axes.get_images()
    return np.asarray(image.get_array())


def test_each_component_has_a_panel(planted):
    panels = panels_of(sequences_figure(*planted))
    names = [f"component {number}" for number in (1, 2, 3)]
    assert set(panels) == {"activations", "data", "reconstruction", "colors", *names}
    assert all(drawn(panels[name]).shape == (len(SEQUENCE), LENGTH) for name in names)


def test_panels_share_time_and_features(planted):
    panels = panels_of(sequences_figure(*planted))
    over_time = [panels[name] for name in ("activations", "data", "reconstruction")]
    with_features = [panels[name] for name in ("data", "reconstruction", "component 1")]
    assert {axes.get_xlim() for axes in over_time} == {(-0.5, N_FRAMES - 0.5)}
    assert {axes.get_ylim() for axes in with_features} == {(-0.5, len(SEQUENCE) - 0.5)}
    panels["data"].set(xlim=(10, 20), ylim=(1, 4))
    assert {axes.get_xlim() for axes in over_time} == {(10, 20)}
    assert {axes.get_ylim() for axes in with_features} == {(1, 4)}
    # Aligned on the page, too.
    places = [axes.get_position() for axes in over_time]
    assert len({(place.x0, place.x1) for place in places}) == 1
    component, data = panels["component 3"].get_position(), panels["data"].get_position()
    assert (component.y0, component.y1) == (data.y0, data.y1)
    assert component.x1 < data.x0


def test_the_first_feature_is_at_the_bottom(planted):
    for axes in sequences_figure(*planted).axes:
        for image in axes.get_images():
            assert image.origin == "lower"
            assert tuple(image.get_extent()[2:]) == axes.get_ylim() == (-0.5, len(SEQUENCE) - 0.5)


def test_images_share_the_colours(planted):
    model, X = planted
    figure = sequences_figure(model, X, frames=(0, 10))
    limits = [axes.get_images()[0].get_clim() for axes in figure.axes if axes.get_images()]
    # One for each component, data and reconstruction; the range shown does not matter.
    assert len(limits) == 5
    assert set(limits) == {(0, np.percentile(X[X > 0], 99))}


def test_components_are_drawn_as_they_are_in_the_data(planted):
    model, X = planted
    panels = panels_of(sequences_figure(model, X))
    np.testing.assert_allclose(drawn(panels["component 1"]), X[:, 20:25], atol=1e-3 * X.max())
    np.testing.assert_allclose(drawn(panels["component 2"]), X[:, 29:34], atol=1e-3 * X.max())
    np.testing.assert_allclose(drawn(panels["reconstruction"]), X, atol=1e-3 * X.max())


def test_activations_are_drawn_above_each_other_on_one_scale(planted):
    rows = [
        collection.get_datalim(collection.axes.transData)
        for collection in panels_of(sequences_figure(*planted))["activations"].collections
    ]
    model, _ = planted
    energies = model.activations_.max(axis=1) * model.gain_
    heights = np.array([row.y1 - row.y0 for row in rows])
    np.testing.assert_allclose([row.y0 for row in rows], [0.6, 1.6, 2.6])
    np.testing.assert_allclose(heights, 0.8 * energies / energies.max(), atol=1e-9)


def test_a_component_of_zeros_is_drawn_empty(planted):
    model, X = planted
    assert not model.components_[2].any()
    figure = sequences_figure(model, X)
    assert not drawn(panels_of(figure)["component 3"]).any()
    assert png(figure).startswith(b"\x89PNG")


@pytest.mark.filterwarnings("error")
def test_zeros_alone_can_be_drawn(planted):
    _, X = planted
    model = SeqNMF(2, LENGTH, fixed_components=True, max_iter=2)
    model.fit(X, components=np.zeros((2, len(X), LENGTH)))
    for data in (X, np.zeros_like(X)):
        assert png(sequences_figure(model, data)).startswith(b"\x89PNG")


def test_many_components_are_drawn():
    X = np.random.default_rng(0).gamma(0.5, 1, (40, 90))
    panels = panels_of(sequences_figure(SeqNMF(80, 2, max_iter=2).fit(X), X))
    places = [panels[f"component {number}"].get_position() for number in range(1, 81)]
    edges = [edge for place in places for edge in (place.x0, place.x1)]
    assert (np.diff([*edges, panels["data"].get_position().x0]) > 0).all()


@pytest.mark.parametrize("frames", [(10, 30), slice(10, 30), (-50, -30)])
def test_a_range_of_frames_is_shown(planted, frames):
    model, X = planted
    panels = panels_of(sequences_figure(model, X, frames=frames))
    assert np.array_equal(drawn(panels["data"]), X[:, 10:30])
    explained = model.inverse_transform(model.activations_)
    assert np.array_equal(drawn(panels["reconstruction"]), explained[:, 10:30])
    assert panels["activations"].get_xlim() == (9.5, 29.5)


@pytest.mark.parametrize("frames", [(5, 5), (60, 70), slice(0, 10, 2)])
def test_a_range_without_frames_or_with_gaps_is_refused(planted, frames):
    with pytest.raises(ValueError, match="60 frames"):
        sequences_figure(*planted, frames=frames)


def test_the_order_is_by_latency(planted):
    assert latency_order(planted[0]).tolist() == SORTED


def test_all_panels_of_features_follow_the_order(planted):
    model, X = planted
    as_it_is, ordered = (
        panels_of(sequences_figure(model, X, order=order)) for order in (None, SORTED)
    )
    for name in ("data", "reconstruction", "component 1", "component 2", "component 3"):
        assert np.array_equal(drawn(ordered[name]), drawn(as_it_is[name])[SORTED])


@pytest.mark.parametrize("order", [[0, 1, 2], [0] * 8, range(1, 9)])
def test_an_order_without_each_feature_is_refused(planted, order):
    with pytest.raises(ValueError, match="each number from 0 to 7 once"):
        sequences_figure(*planted, order=order)


def test_data_of_another_shape_are_refused(planted):
    model, X = planted
    for wrong in (X.T, X[:, :-1], X[:-1], X[0], X[None]):
        with pytest.raises(ValueError, match=r"expected \(8, 60\)"):
            sequences_figure(model, wrong)


def test_a_fit_to_several_events_is_refused(planted):
    _, X = planted
    model = SeqNMF(2, LENGTH, max_iter=2).fit([X, X])
    with pytest.raises(ValueError, match="2 events"):
        sequences_figure(model, X)


def test_a_model_without_activations_is_refused(planted, tmp_path):
    model, X = planted
    model.save(tmp_path / "nmf.h5")
    read = SeqNMF.load(tmp_path / "nmf.h5")
    assert np.array_equal(latency_order(read), latency_order(model))
    for without in (SeqNMF(), read):
        with pytest.raises(NotFittedError):
            sequences_figure(without, X)
    with pytest.raises(NotFittedError):
        latency_order(SeqNMF())
