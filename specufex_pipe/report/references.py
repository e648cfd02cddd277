"""The works that the methods section cites."""

# By how they are cited, in the order of their authors.
_REFERENCES = {
    "Caliński and Harabasz, 1974": "Caliński, T., & Harabasz, J. (1974). A dendrite method for "
    "cluster analysis. Communications in Statistics, 3(1), 1-27. "
    "https://doi.org/10.1080/03610927408827101",
    "Campello et al., 2013": "Campello, R. J. G. B., Moulavi, D., & Sander, J. (2013). "
    "Density-based clustering based on hierarchical density estimates. Advances in Knowledge "
    "Discovery and Data Mining, 160-172. https://doi.org/10.1007/978-3-642-37456-2_14",
    "Ding et al., 2010": "Ding, C., Li, T., & Jordan, M. I. (2010). Convex and semi-nonnegative "
    "matrix factorizations. IEEE Transactions on Pattern Analysis and Machine Intelligence, 32(1), "
    "45-55. https://doi.org/10.1109/TPAMI.2008.277",
    "Essid and Févotte, 2013": "Essid, S., & Févotte, C. (2013). Smooth nonnegative matrix "
    "factorization for unsupervised audiovisual document structuring. IEEE Transactions on "
    "Multimedia, 15(2), 415-425. https://doi.org/10.1109/TMM.2012.2228474",
    "Fred and Jain, 2005": "Fred, A. L. N., & Jain, A. K. (2005). Combining multiple clusterings "
    "using evidence accumulation. IEEE Transactions on Pattern Analysis and Machine Intelligence, "
    "27(6), 835-850. https://doi.org/10.1109/TPAMI.2005.113",
    "Hennig, 2007": "Hennig, C. (2007). Cluster-wise assessment of cluster stability. "
    "Computational Statistics & Data Analysis, 52(1), 258-271. "
    "https://doi.org/10.1016/j.csda.2006.11.025",
    "Hoffman et al., 2013": "Hoffman, M. D., Blei, D. M., Wang, C., & Paisley, J. (2013). "
    "Stochastic variational inference. Journal of Machine Learning Research, 14, 1303-1347.",
    "Holtzman et al., 2018": "Holtzman, B. K., Paté, A., Paisley, J., Waldhauser, F., & Repetto, "
    "D. (2018). Machine learning reveals cyclic changes in seismic source spectra in Geysers "
    "geothermal field. Science Advances, 4(5), eaao2929. https://doi.org/10.1126/sciadv.aao2929",
    "Lloyd, 1982": "Lloyd, S. (1982). Least squares quantization in PCM. IEEE Transactions on "
    "Information Theory, 28(2), 129-137. https://doi.org/10.1109/TIT.1982.1056489",
    "Mackevicius et al., 2019": "Mackevicius, E. L., Bahle, A. H., Williams, A. H., Gu, S., "
    "Denisenko, N. I., Goldman, M. S., & Fee, M. S. (2019). Unsupervised discovery of temporal "
    "sequences in high-dimensional datasets, with applications to neuroscience. eLife, 8, e38471. "
    "https://doi.org/10.7554/eLife.38471",
    "Ng et al., 2001": "Ng, A. Y., Jordan, M. I., & Weiss, Y. (2001). On spectral clustering: "
    "analysis and an algorithm. Advances in Neural Information Processing Systems, 14, 849-856.",
    "Ward, 1963": "Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. "
    "Journal of the American Statistical Association, 58(301), 236-244. "
    "https://doi.org/10.1080/01621459.1963.10500845",
}


def references_in(text: str) -> list[str]:
    """Return the works that a text cites.

    Parameters
    ----------
    text : str
    """
    return [work for cited, work in _REFERENCES.items() if cited in text]
