"""The shop floor's pages."""

from django.urls import path

from dure.make import views
from dure.make.views import sources

urlpatterns = [
    path("job/<str:token>/", views.job, name="job"),
    path("job/<str:token>/hand/", sources.by_hand_at_job, name="by_hand_at_job"),
    path("making/connect/", sources.connect, name="connect"),
    path("making/connect/<uuid:machine_id>/now/", sources.connect_now, name="connect_now"),
    path("making/history.parquet", sources.export, name="export_history"),
    path("making/kept/", sources.kept, name="kept"),
    path("making/machines/<uuid:machine_id>/hand/", sources.by_hand, name="by_hand"),
    path("making/sources/", sources.sources, name="sources"),
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
