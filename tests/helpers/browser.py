"""Chromium, and what tests ask of a page in it."""

import io
import os
import shutil
from contextlib import contextmanager

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from specufex_pipe.plotting import style


@contextmanager
def chromium():
    """Start the Chromium of the system; a test is skipped where there is none."""
    # Without a window of its own, Chromium takes half as long.
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("there is no chromium on the path")
    # Chromium has no sandbox for root.
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


def gray_png(figure, dpi=1.5 * style.PIXELS_PER_INCH):
    """Return a grey image as large as the figure, which takes a hundredth of the time."""
    width, height = (round(inches * dpi) for inches in figure.get_size_inches())
    image = io.BytesIO()
    Image.new("L", (width, height), 160).save(image, format="png")
    return image.getvalue()


def filled_shares(pdf):
    """Return how far down each page of a PDF is filled, from 0 to 1."""
    document = pypdfium2.PdfDocument(pdf)
    pages = (page.render(scale=0.5, grayscale=True).to_numpy().squeeze() for page in document)
    return [np.flatnonzero((page < 250).any(axis=1)).max(initial=-1) / len(page) for page in pages]
