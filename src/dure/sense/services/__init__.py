"""What can be done about needs: catalogue, requests, free requests, drawings, what is learnt."""

from dure.sense.services.asking import complete_request, submit_request, understand_need
from dure.sense.services.catalogue import list_product

__all__ = ["complete_request", "list_product", "submit_request", "understand_need"]
