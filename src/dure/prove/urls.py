"""The room's doors: the log's files, its page, passports."""

from django.urls import path

from dure.prove import views

urlpatterns = [
    path("log/checkpoint", views.checkpoint, name="log_checkpoint"),
    path("log/policy", views.policy, name="log_policy"),
    path("log/pending", views.pending, name="log_pending"),
    path("log/cosignatures", views.cosignatures, name="log_cosignatures"),
    path("log/tile/<path:path>", views.tile, name="log_tile"),
    path("proof/", views.log_page, name="log_page"),
    path("proof/lots/<uuid:lot>/", views.passport, name="passport"),
    path("proof/lots/<uuid:lot>/bundle", views.bundle, name="passport_bundle"),
]
