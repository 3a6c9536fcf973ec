"""The doors to the pages of clusters, and to one need with its alternatives."""

from django.urls import path

from dure.match.views import clusters, standing, trust

urlpatterns = [
    path("clusters/", clusters.clusters, name="clusters"),
    path("clusters/why/", trust.why, name="why"),
    path("clusters/fair-share/", trust.fair_share, name="fair_share"),
    path("clusters/standing/", standing.standing, name="standing"),
    path("clusters/standing/<uuid:standing_id>/", standing.answer, name="answer_standing"),
    path("clusters/<uuid:cluster_id>/", clusters.cluster, name="cluster"),
    path("clusters/<uuid:cluster_id>/agreement/", trust.agreement, name="agreement"),
    path("needs/<uuid:request_id>/", clusters.need, name="need"),
    path("needs/<uuid:request_id>/choose/", clusters.choose, name="choose"),
    path("offers/<uuid:offer_id>/accept/", clusters.accept, name="accept_offer"),
    path("offers/<uuid:offer_id>/counter/", clusters.counter, name="counter_offer"),
    path("offers/<uuid:offer_id>/decline/", clusters.decline, name="decline_offer"),
]
