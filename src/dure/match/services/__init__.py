"""What can be done about clusters: propose, choose, offer, answer, form, agree, tell why."""

from dure.match.services.agreeing import sign_agreement, sign_anew
from dure.match.services.answering import accept_step, counter_step, decline_step, expire_offers
from dure.match.services.keeping import note_free_time, note_inspection
from dure.match.services.offering import (
    form_cluster,
    offer_again,
    offer_elsewhere,
    offer_steps,
    weigh_counter,
)
from dure.match.services.searching import choose, propose_clusters
from dure.match.services.telling import note_fair_shares, tell_why
from dure.match.services.weighing import draw_frontier

__all__ = [
    "accept_step",
    "choose",
    "counter_step",
    "decline_step",
    "draw_frontier",
    "expire_offers",
    "form_cluster",
    "note_fair_shares",
    "note_free_time",
    "note_inspection",
    "offer_again",
    "offer_elsewhere",
    "offer_steps",
    "propose_clusters",
    "sign_agreement",
    "sign_anew",
    "tell_why",
    "weigh_counter",
]
