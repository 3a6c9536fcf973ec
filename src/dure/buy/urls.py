"""The doors to the pages of joint purchasing."""

from django.urls import path

from dure.buy import views

urlpatterns = [
    path("", views.buying, name="buying"),
    path("<uuid:round_id>/", views.one_round, name="round"),
    path("<uuid:round_id>/close/", views.close, name="close_round"),
]
