"""Documents as sums of topics
===========================

Topics are found from nothing but how often each word is in each document.

A column of the matrix counts the words of a document: five hundred short reports on earthquakes,
volcanoes, weather and the sea. A report has a main topic, of half its words or more, and others
beside it. Words such as "wave" or "storm" belong to two topics, "hazard" to three, "data" to all.
Most counts are 0, so the matrix is sparse, and is fitted as such; counts are what the
Kullback-Leibler divergence is made for. The reports are drawn at random from lists of words.

In the picture, the top shows the words that weigh most in each topic that was found: see whether
they name it, and which of them it shares with others. The bottom shows some reports, each a bar
that is made up of topics: compare what it was drawn from with what was found.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from specufex_pipe.factorizations import ReplicateNMF

HERE = Path(__file__).parent
TOPICS = {
    "earthquakes": "fault rupture slip magnitude aftershock epicentre shaking stress wave station "
    "tremor depth hazard strain catalogue intensity seismogram plate",
    "volcanoes": "magma crater ash eruption lava gas plume dome tremor vent lahar hazard depth "
    "caldera sulphur fissure basalt summit",
    "weather": "rain wind cloud front storm temperature humidity pressure forecast snow station "
    "hazard fog hail thunder drought sunshine radar",
    "the sea": "tide wave current swell buoy salinity ship surge coast reef temperature depth "
    "storm harbour plankton beach ocean gulf",
}
COMMON = "time data day event change measure"
COLORS = ("#cc6677", "#332288", "#88ccee", "#117733")
N_DOCUMENTS, N_WORDS_SHOWN, N_DOCUMENTS_SHOWN = 500, 9, 60


def generate(seed):
    """Return counts (words, documents), the words, and the shares (topics, documents)."""
    rng = np.random.default_rng(seed)
    lists = [text.split() for text in TOPICS.values()]
    words = sorted({*COMMON.split(), *(word for each in lists for word in each)})
    likely = np.array([rng.uniform(0.3, 1, len(words)) * np.isin(words, each) for each in lists])
    likely += 0.3 * np.isin(words, COMMON.split())
    likely /= likely.sum(axis=1, keepdims=True)
    main_topics = np.eye(len(lists))[rng.integers(len(lists), size=N_DOCUMENTS)]
    main_share = rng.uniform(0.5, 1, (N_DOCUMENTS, 1))
    others = rng.dirichlet(np.full(len(lists), 0.3), N_DOCUMENTS)
    shares = main_share * main_topics + (1 - main_share) * others
    lengths = rng.integers(30, 100, N_DOCUMENTS)
    counts = rng.multinomial(lengths, shares @ likely)
    return sparse.csr_array(counts.T), np.array(words), shares.T


def match(true, recovered):
    """Return which recovered row is like each true row."""
    correlations = np.corrcoef(true, recovered)[: len(true), len(true) :]
    return linear_sum_assignment(correlations, maximize=True)[1]


def top_words(component, words):
    """Return the words that weigh most in a component, and their weights."""
    largest = np.argsort(-component)[:N_WORDS_SHOWN]
    return words[largest], component[largest]


def draw_shares(axes, shares, title):
    """Draw documents as bars that are made up of topics."""
    numbers = np.arange(1, shares.shape[1] + 1)
    beneath = np.zeros(len(numbers))
    for topic, color in zip(shares, COLORS, strict=True):
        axes.bar(numbers, topic, bottom=beneath, width=1, color=color)
        beneath += topic
    axes.set(title=title, ylabel="Share of the words", xlim=(0.5, len(numbers) + 0.5), ylim=(0, 1))


def draw(components, words, true, shares):
    """Draw the words of each topic, and what some documents are made up of."""
    figure = Figure((9, 7.5), layout="constrained")
    top, bottom = figure.subfigures(2, height_ratios=(1, 1.3))
    for axes, component, topic, color in zip(
        top.subplots(1, len(TOPICS), sharex=True), components, TOPICS, COLORS, strict=True
    ):
        names, weights = top_words(component, words)
        axes.barh(names, 100 * weights, color=color)
        axes.invert_yaxis()
        axes.set(title=topic.capitalize(), xlabel="% of the words")
    first = true[:, :N_DOCUMENTS_SHOWN]
    top.suptitle("The topics that were found, by their largest words")
    order = np.lexsort((-first.max(axis=0), first.argmax(axis=0)))
    above, below = bottom.subplots(2, sharex=True)
    draw_shares(above, true[:, order], "Documents, sorted by main topic: what they were drawn from")
    draw_shares(below, shares[:, order], "What was found in them")
    below.set_xlabel("Document")
    return figure


def main(folder=HERE):
    """Find the topics, draw them into a folder, and return the share of documents that is right."""
    counts, words, true = generate(seed=0)
    model = ReplicateNMF(len(TOPICS), n_replicates=5, loss="kullback-leibler").fit(counts)
    # The number of words that each topic explains of each document.
    explained = model.energies(model.transform(counts))
    shares = explained / explained.sum(axis=0)
    order = match(true, shares)
    shares, components = shares[order], (model.components_ / model.gain_[:, None])[order]
    for topic, component in zip(TOPICS, components, strict=True):
        print(f"{topic}: {' '.join(top_words(component, words)[0])}")
    draw(components, words, true, shares).savefig(Path(folder) / "document_topics.png", dpi=100)
    is_right = shares.argmax(axis=0) == true.argmax(axis=0)
    numbers = {"share of main topics right": float(is_right.mean())}
    print(numbers)
    return numbers


if __name__ == "__main__":
    main(*sys.argv[1:])
