"""
The files that the portal makes for itself: the bundle that draws charts.

vl-convert-python carries Vega, Vega-Lite and Vega-Embed; out of it comes one JavaScript
file, so that no package of another language's world is needed. It is a static file like
any other: found by `BundleFinder`, collected with the rest.
"""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zlib import crc32

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

NAME = "portal/vega.js"
EXPORTS = "window.vegaEmbed = vegaEmbed;"


class BundleFinder(BaseFinder):
    """Finds `portal/vega.js`, making it the first time it is asked for."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Give where the file is, or nothing where another file is asked for."""
        if path != NAME:
            return []
        place = str(bundle_folder() / NAME)
        return [place] if find_all else place

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, Storage]]:
        """Give the one file and the storage that it stands in."""
        yield NAME, FileSystemStorage(location=bundle_folder())


@cache
def bundle_folder() -> Path:
    """Give the folder that holds the bundle of this vl-convert version; make it if need be."""
    beside = Path(settings.STATIC_ROOT).parent
    edition = f"{version('vl-convert-python')}-{crc32(EXPORTS.encode()):08x}"
    return made(beside / f"vega-{edition}")


def made(folder: Path) -> Path:
    """Write the bundle into folder unless it is there."""
    import vl_convert

    place = folder / NAME
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(".half")
        half.write_text(vl_convert.javascript_bundle(EXPORTS), encoding="utf-8")
        half.replace(place)
    return folder
