"""
Anchors: a checkpoint's time, attested by a time-stamp authority (RFC 3161).

The form that courts and auditors know best. A receipt is the authority's signed response over the
note as it was published; who signed the note is for the policy to say. Needs the extra `anchors`.
"""

from dataclasses import dataclass

import httpx
from cryptography.x509 import Certificate, InvalidVersion
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from dure.kernel.errors import Unavailable, Unproven
from dure.prove.engine.note import Note
from dure.prove.wire.anchors import Attested


@dataclass(frozen=True, slots=True)
class TimeStamps:
    """A time-stamp authority: its address, its certificate, and the root that vouches for it."""

    http: httpx.Client
    url: str
    certificate: Certificate
    root: Certificate

    def submit(self, checkpoint: Note) -> bytes:
        """Have a checkpoint time-stamped; gives the receipt. Raises Unavailable, Unproven."""
        builder = TimestampRequestBuilder().data(bytes(checkpoint))
        request = builder.hash_algorithm(HashAlgorithm.SHA256).build()
        try:
            answer = self.http.post(
                self.url,
                content=request.as_bytes(),
                headers={"Content-Type": "application/timestamp-query"},
            ).raise_for_status()
        except httpx.HTTPError as away:
            raise Unavailable("prove.anchor_away", url=self.url, problem=str(away)) from away
        self.verify(answer.content, checkpoint, nonce=request.nonce)
        return answer.content

    def verify(self, receipt: bytes, checkpoint: Note, *, nonce: int | None = None) -> Attested:
        """Give when the checkpoint existed, and by whose word; raises Unproven. Works offline."""
        known = VerifierBuilder(tsa_certificate=self.certificate, roots=[self.root], nonce=nonce)
        try:
            response = decode_timestamp_response(receipt)
            known.build().verify_message(response, bytes(checkpoint))
        except (VerificationError, ValueError, InvalidVersion) as bad:
            raise Unproven("prove.anchor", problem=str(bad)) from bad
        by = self.certificate.subject.rfc4514_string()
        return Attested(at=response.tst_info.gen_time, by=by)
