"""The shop floor's pages."""

from django.urls import path

from dure.make import views

urlpatterns = [
    path("job/<str:token>/", views.job, name="job"),
    path("making/", views.making, name="making"),
    path("making/lots/<uuid:lot_id>/", views.lot, name="lot"),
    path("making/lots/<uuid:lot_id>/inspect/", views.inspect_lot, name="inspect_lot"),
    path("making/lots/<uuid:lot_id>/release/", views.release_lot, name="release_lot"),
    path("making/machines/<uuid:machine_id>/", views.machine, name="machine"),
    path("making/machines/<uuid:machine_id>/events/", views.machine_events, name="machine_events"),
    path("making/machines/<uuid:machine_id>/now/", views.machine_now, name="machine_now"),
    path("making/machines/<uuid:machine_id>/watch/", views.watch_metric, name="watch_metric"),
    path("making/quarantine/", views.quarantine, name="quarantine"),
]
