"""How much of the spread of an outcome each of several correlated drivers goes with.

Matrices are correlations with the outcome first, and may be many at once: ``(..., p + 1, p + 1)``.
"Goes with", never "causes"; a driver without any effect still gets a part where drivers correlate.
"""

from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_FOR_LMG = 10
"""With more drivers the 2^p subsets take too long: relative weights stand in."""
_DEPENDENT = 1e-10
"""A driver with less than this of its variance left is made of the others."""


def correlations(rows: Floats, weights: Floats | None = None) -> Floats:
    """Return correlations of the columns of rows, once per row of weights (how often each row counts).

    A column that does not vary correlates with nothing.
    """
    count = np.ones((1, len(rows))) if weights is None else weights
    total = count.sum(axis=1)
    centred = rows - rows.mean(axis=0)  # the moments below cancel less
    means = count @ centred / total[:, None]
    pairs = (centred[:, :, None] * centred[:, None, :]).reshape(len(rows), -1)
    size = rows.shape[1]
    moments = (count @ pairs / total[:, None]).reshape(-1, size, size)
    covariances = moments - means[:, :, None] * means[:, None, :]
    spread = np.sqrt(np.clip(np.diagonal(covariances, axis1=1, axis2=2), 0, None))
    spread = np.where(spread > _DEPENDENT, spread, np.inf)
    found: Floats = covariances / (spread[:, :, None] * spread[:, None, :])
    found[:, np.arange(size), np.arange(size)] = 1.0
    return found[0] if weights is None else found


def lmg(matrices: Floats) -> Floats:
    """Return each driver's part of R^2, averaged over all orders of entry; the parts add up to R^2.

    Lindeman, Merenda and Gold 1980, the Shapley value of R^2; as in R ``relaimpo`` 2.2-7.
    """
    explained = explained_by_subset(matrices)
    drivers = matrices.shape[-1] - 1
    subsets = np.arange(2**drivers)
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    weight = np.array(
        [factorial(s) * factorial(drivers - s - 1) / factorial(drivers) for s in range(drivers)]
    )
    parts = []
    for driver in range(drivers):
        without = subsets[subsets & (1 << driver) == 0]
        gained = explained[..., without | (1 << driver)] - explained[..., without]
        parts.append(gained @ weight[sizes[without]])
    return np.stack(parts, axis=-1)


def explained_by_subset(matrices: Floats) -> Floats:
    """Return R^2 of every subset of the drivers; bit j of the last index says that driver j is in it."""
    drivers = matrices.shape[-1] - 1
    found = np.zeros((*matrices.shape[:-2], 2**drivers))

    def enter(left: Floats, subset: int, first: int) -> None:
        found[..., subset] = matrices[..., 0, 0] - left[..., 0, 0]
        for driver in range(first, drivers):
            enter(_given(left, driver + 1), subset | (1 << driver), driver + 1)

    enter(matrices, 0, 0)
    return found


def _given(matrices: Floats, column: int) -> Floats:
    """Return what is left of covariances when one column is known."""
    variance = matrices[..., column, column]
    inverse = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > _DEPENDENT)
    across = matrices[..., column]
    left: Floats = matrices - across[..., :, None] * across[..., None, :] * inverse[..., None, None]
    return left


def relative_weights(matrices: Floats) -> Floats:
    """Return Johnson's relative weights (2000), within .002 of LMG here; they add up to R^2, too."""
    values, vectors = np.linalg.eigh(matrices[..., 1:, 1:])
    roots = np.sqrt(np.clip(values, 0, None))
    inverse = np.divide(1.0, roots, out=np.zeros_like(roots), where=roots > np.sqrt(_DEPENDENT))
    turned = np.swapaxes(vectors, -1, -2)
    closest = (vectors * roots[..., None, :]) @ turned
    back = (vectors * inverse[..., None, :]) @ turned
    beta = np.einsum("...ij,...j->...i", back, matrices[..., 1:, 0])
    weights: Floats = np.einsum("...ij,...j->...i", closest**2, beta**2)
    return weights


def parts_of_r2(matrices: Floats) -> Floats:
    """Return the parts by LMG, of more than ten drivers by relative weights."""
    return (lmg if matrices.shape[-1] - 1 <= MOST_FOR_LMG else relative_weights)(matrices)
