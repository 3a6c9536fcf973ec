"""The doors to the pages of clusters, and to one need with its alternatives."""

from django.urls import path

from dure.match import views

urlpatterns = [
    path("clusters/", views.clusters, name="clusters"),
    path("clusters/<uuid:cluster_id>/", views.cluster, name="cluster"),
    path("needs/<uuid:request_id>/", views.need, name="need"),
    path("needs/<uuid:request_id>/choose/", views.choose, name="choose"),
    path("offers/<uuid:offer_id>/accept/", views.accept, name="accept_offer"),
    path("offers/<uuid:offer_id>/counter/", views.counter, name="counter_offer"),
    path("offers/<uuid:offer_id>/decline/", views.decline, name="decline_offer"),
]
