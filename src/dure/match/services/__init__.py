"""What can be done about clusters: propose, choose, offer, answer, offer again, form."""

from dure.match.services.forming import (
    accept_step,
    choose,
    counter_step,
    decline_step,
    expire_offers,
    form_cluster,
    note_inspection,
    offer_again,
    offer_elsewhere,
    offer_steps,
    propose_clusters,
    weigh_counter,
)

__all__ = [
    "accept_step",
    "choose",
    "counter_step",
    "decline_step",
    "expire_offers",
    "form_cluster",
    "note_inspection",
    "offer_again",
    "offer_elsewhere",
    "offer_steps",
    "propose_clusters",
    "weigh_counter",
]
