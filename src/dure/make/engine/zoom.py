"""
Fewer points that look the same: a line of any length, drawn in a page's width.

Largest triangle three buckets: S. Steinarsson, "Downsampling Time Series for Visual
Representation", University of Iceland, 2013, section 4.2. The first and the last point stay;
of each bucket the point stays that makes the largest triangle with the point kept before it and
the mean of the next bucket.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def largest_triangles(x: Array, y: Array, count: int) -> Array:
    """
    Give the places of the points to keep, in order: at most count of them, at least three.

    x rises, y is finite. A line with no more points than asked is kept whole.
    """
    total = len(x)
    if total <= count or count < 3:
        return np.arange(min(total, max(count, 0)) if count < 3 else total)
    edges = np.linspace(1, total - 1, count - 1).astype(np.int64)
    sums_x = np.concatenate([[0.0], np.cumsum(x - x[0], dtype=np.float64)])
    sums_y = np.concatenate([[0.0], np.cumsum(y, dtype=np.float64)])
    kept = np.empty(count, np.int64)
    kept[0], kept[-1] = 0, total - 1
    for bucket in range(count - 2):
        lo, hi = edges[bucket], edges[bucket + 1]
        after = edges[bucket + 2] if bucket + 2 < len(edges) else total
        width = max(after - hi, 1)
        mean_x = (sums_x[hi + width] - sums_x[hi]) / width + x[0]
        mean_y = (sums_y[hi + width] - sums_y[hi]) / width
        before = kept[bucket]
        area = np.abs(
            (x[before] - mean_x) * (y[lo:hi] - y[before])
            - (x[before] - x[lo:hi]) * (mean_y - y[before])
        )
        kept[bucket + 1] = lo + int(np.argmax(area))
    return kept
