"""
A log over HTTP, as witnesses and monitors read it (C2SP tlog-tiles). Nothing here is believed.

    GET  /checkpoint      the last final checkpoint
    GET  /tile/…          tiles; a partial one may be gone once the full one is there
    GET  /pending         the checkpoint that waits for cosignatures
    POST /cosignatures    that checkpoint with cosignatures, from a witness without an address
"""

from dataclasses import dataclass

import httpx

from dure.kernel.errors import NotFound, Unavailable
from dure.prove.engine.note import LARGEST_NOTE, Note, read_note
from dure.prove.engine.tiles import Tile, narrowed

LARGEST_FILE = 256 * (2 + 2**16)  # a full bundle of the largest entries


@dataclass(frozen=True, slots=True)
class RemoteLog:
    """One log at its address."""

    http: httpx.Client
    url: str

    def checkpoint(self) -> Note | None:
        """Give the published checkpoint; None where there is none yet."""
        data = self._get("checkpoint", LARGEST_NOTE)
        return None if data is None else read_note(data)

    def pending(self) -> Note | None:
        """Give the checkpoint that waits for cosignatures; None where none does."""
        data = self._get("pending", LARGEST_NOTE)
        return None if data is None else read_note(data)

    def read(self, tile: Tile) -> bytes:
        """Read a tile; raises NotFound. A partial one may come out of the full one."""
        for wanted in (tile, Tile(tile.level, tile.index)):
            data = self._get(wanted.path, LARGEST_FILE)
            if data is not None:
                return data if wanted == tile else narrowed(data, tile)
        raise NotFound("prove.no_tile", path=tile.path)

    def post(self, cosigned: Note) -> None:
        """Hand in our cosignatures of the pending checkpoint; raises Unavailable if not taken."""
        try:
            answer = self.http.post(f"{self._base}/cosignatures", content=bytes(cosigned))
        except httpx.HTTPError as trouble:
            raise Unavailable("prove.log_away", url=self.url, problem=str(trouble)) from trouble
        if not answer.is_success:
            problem = f"HTTP {answer.status_code}"
            raise Unavailable("prove.log_away", url=self.url, problem=problem)

    @property
    def _base(self) -> str:
        return self.url.rstrip("/")

    def _get(self, path: str, most: int) -> bytes | None:
        """Fetch a file of at most so many bytes; None where there is none."""
        try:
            with self.http.stream("GET", f"{self._base}/{path}") as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return None
                answer.raise_for_status()
                data = b""
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > most:
                        raise Unavailable(
                            "prove.log_away", url=self.url, problem=f"{path} > {most}"
                        )
        except httpx.HTTPError as trouble:
            raise Unavailable("prove.log_away", url=self.url, problem=str(trouble)) from trouble
        return data
