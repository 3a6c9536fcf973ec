"""The room's doors: the log's files, its page, passports."""

from django.urls import path

from dure.prove import views

urlpatterns = [
    path("log/policy", views.policy, name="log_policy"),
    path("log/pending", views.pending, name="log_pending"),
    path("log/cosignatures", views.cosignatures, name="log_cosignatures"),
    path("log/checkpoint", views.checkpoint),
    path("log/tile/<path:path>", views.tile),
    path("log/<int:year>/checkpoint", views.checkpoint, name="log_checkpoint"),
    path("log/<int:year>/tile/<path:path>", views.tile, name="log_tile"),
    path("log/<int:year>/statement/<int:index>", views.statement, name="log_statement"),
    path("proof/", views.log_page, name="log_page"),
    path("proof/erasures/", views.erasures, name="erasures"),
    path("proof/lots/<uuid:lot>/", views.passport, name="passport"),
    path("proof/lots/<uuid:lot>/bundle", views.bundle, name="passport_bundle"),
]
