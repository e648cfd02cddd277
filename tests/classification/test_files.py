"""The file of a classifier: what comes back, and what is refused."""

import numpy as np
import pytest
from helpers.labelled import fast, labelled

from specufex_pipe.classification.files import load, save
from specufex_pipe.store import read_arrays, write_arrays

pytestmark = pytest.mark.usefixtures("few_candidates")
OTHERS = {"parameters": {"method": "best"}, "description": "of tests", "settings": {}, "inputs": {}}


@pytest.mark.parametrize("method", ["logistic_regression", "random_forest"])
def test_a_classifier_that_is_read_says_the_same_to_the_bit(tmp_path, method):
    features, labels = labelled((30, 20, 4), distance=1.0)
    model = fast(method).fit(features, labels)
    path = tmp_path / "classifier.h5"
    made_by = {"mean": np.arange(3.0), "points": np.arange(2)}
    save(path, model.learned_, features=made_by, **OTHERS)
    found = load(path)
    asked = np.concatenate([features, features + 3])
    expected = model.learned_.classify([asked])
    # The size of batches does not matter.
    again = found.learned.classify([asked[:40], asked[40:]])
    for one, other in zip(expected, again, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    for one, other in zip(expected, found.learned.classify([asked]), strict=True):
        np.testing.assert_array_equal(one, other)
    nothing = found.learned.classify([features[:0]])
    assert [part.shape for part in nothing] == [(0,), (0, 2), (0,)]
    assert found.learned.labels == ("A", "B")
    assert found.learned.tried == model.learned_.tried
    assert list(found.learned.warnings) == model.warnings_ != []
    assert found.learned.outcome() == model.learned_.outcome()
    assert (found.parameters, found.description) == ({"method": "best"}, "of tests")
    assert found.features.keys() == made_by.keys()
    for name, values in made_by.items():
        np.testing.assert_array_equal(found.features[name], values)


def test_a_file_that_is_none_of_a_classifier_is_refused(tmp_path):
    path = tmp_path / "classifier.h5"
    with pytest.raises(OSError, match=r"classifier\.h5"):
        load(path)
    model = fast().fit(*labelled())
    save(path, model.learned_, features={}, **OTHERS)
    arrays, attributes = read_arrays(path, "classifier")
    texts = {name: attributes[name] for name in ("parameters", "features", "learned")}
    for missing in ("coefficients", "points", "mean"):
        rest = {name: values for name, values in arrays.items() if name != missing}
        write_arrays(path, "classifier", rest, attributes=texts)
        with pytest.raises(OSError, match=f"not a whole file of a classifier .*{missing}"):
            load(path)
    write_arrays(path, "classifier", arrays, attributes=texts | {"learned": "{"})
    with pytest.raises(OSError, match="not a whole file of a classifier"):
        load(path)
    write_arrays(path, "clusters", arrays, attributes=texts)
    with pytest.raises(OSError, match="clusters"):
        load(path)
