"""Digits as sums of parts
=======================

Images of digits are taken apart into strokes that many digits share.

A column of the matrix is an image of a handwritten digit, 8 by 8 pixels from 0 (paper) to 16 (ink).
Ink can only be added, so components are parts of digits: dots and strokes. As many principal
components explain a little more of the pixels, but they add ink and take it away again, and none of
them looks like a part of anything. What distinguishes digits is kept: the strengths of their parts
tell them apart nearly as well as all their pixels do. Three pixels at the margin have no ink in any
image. A row of zeros is refused, as there is nothing to learn from it, so they are left out.

In the picture, the top shows all parts, the middle as many principal components, and the bottom how
parts make up digits: the image, its four largest parts, each as strong as it is in this image, and
the sum of all parts. See whether the sum still is the digit.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

from specufex_pipe.factorizations import ReplicateNMF

HERE = Path(__file__).parent
N_PARTS, N_LEARNED, N_LARGEST = 20, 1200, 4


def as_image(values, has_ink):
    """Return an image of 8 by 8 pixels, with 0 where pixels were left out."""
    image = np.zeros(has_ink.size)
    image[has_ink] = values
    return image.reshape(8, 8)


def share_explained(pixels, reconstruction):
    """Return the share of the power of pixels that a reconstruction explains."""
    return float(1 - np.sum((pixels - reconstruction) ** 2) / np.sum(pixels**2))


def accuracy(features, digits):
    """Return how well the nearest neighbour among the learned images names the other ones."""
    classifier = KNeighborsClassifier(1).fit(features[:, :N_LEARNED].T, digits[:N_LEARNED])
    return float(classifier.score(features[:, N_LEARNED:].T, digits[N_LEARNED:]))


def draw_components(figure, components, has_ink, title, **colors):
    """Draw components as images, in two rows."""
    panels = figure.subplots(2, N_PARTS // 2)
    for axes, component in zip(panels.flat, components, strict=True):
        axes.imshow(as_image(component, has_ink), **colors)
        axes.set(xticks=(), yticks=())
    figure.suptitle(title)


def draw_sums(figure, pixels, activations, parts, has_ink):
    """Draw an image in each row, its largest parts, and the sum of all parts."""
    panels = figure.subplots(pixels.shape[1], 2 + N_LARGEST)
    for row, image, strengths in zip(panels, pixels.T, activations.T, strict=True):
        largest = np.argsort(-strengths * parts.sum(axis=1))[:N_LARGEST]
        shown = [image, *(strengths[largest, None] * parts[largest]), strengths @ parts]
        for axes, values, sign in zip(row, shown, ("", "≈", *"+++", "+ ... ="), strict=True):
            axes.imshow(as_image(values, has_ink), cmap="gray_r", vmin=0, vmax=16)
            axes.set(xticks=(), yticks=())
            axes.set_ylabel(sign, rotation=0, fontsize=14, ha="right", va="center")
    figure.suptitle(
        "Digits that were not learned from, their four largest parts, and the sum of all parts"
    )


def draw(parts, principal, pixels, activations, has_ink):
    """Draw parts, principal components, and digits as sums of parts."""
    figure = Figure((8, 9), layout="constrained")
    top, middle, bottom = figure.subfigures(3, height_ratios=(0.85, 0.85, 1.9))
    draw_components(top, parts, has_ink, "Parts: they add ink", cmap="gray_r", vmin=0)
    most = np.abs(principal).max()
    colors = {"cmap": "RdBu_r", "vmin": -most, "vmax": most}
    title = "Principal components: they add ink (red) and take it away (blue)"
    draw_components(middle, principal, has_ink, title, **colors)
    draw_sums(bottom, pixels, activations, parts, has_ink)
    return figure


def main(folder=HERE):
    """Find parts of digits, draw them into a folder, and return what they are worth."""
    images, digits = load_digits(return_X_y=True)
    has_ink = images.any(axis=0)
    pixels = images[:, has_ink].T
    learned = pixels[:, :N_LEARNED]
    model = ReplicateNMF(N_PARTS, n_replicates=4, loss="frobenius", max_iter=1000).fit(learned)
    activations = model.transform(pixels)
    principal = PCA(N_PARTS).fit(learned.T)
    by_principal = principal.inverse_transform(principal.transform(pixels.T)).T
    shown = [N_LEARNED + int(np.argmax(digits[N_LEARNED:] == digit)) for digit in (0, 1, 4, 6)]
    figure = draw(
        model.components_, principal.components_, pixels[:, shown], activations[:, shown], has_ink
    )
    figure.savefig(Path(folder) / "image_parts.png", dpi=90)
    numbers = {
        "power explained by parts": share_explained(pixels, model.inverse_transform(activations)),
        "power explained by principal components": share_explained(pixels, by_principal),
        "digits named right from activations": accuracy(activations, digits),
        "digits named right from pixels": accuracy(pixels, digits),
    }
    print(numbers)
    return numbers


if __name__ == "__main__":
    main(*sys.argv[1:])
