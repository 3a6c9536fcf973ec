"""What the API of needs takes and gives."""

from dure.sense.schemas.asking import (
    ProductIn,
    ProductOut,
    RequestIn,
    RequestOut,
    product_out,
    request_out,
)

__all__ = ["ProductIn", "ProductOut", "RequestIn", "RequestOut", "product_out", "request_out"]
