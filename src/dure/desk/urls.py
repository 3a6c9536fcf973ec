"""Where papers are."""

from django.urls import path

from dure.desk import views

urlpatterns = [
    path("desk/job-orders/<uuid:job_order_id>/", views.job_order, name="job_order_paper"),
    path("desk/orders/<uuid:order_id>/", views.confirmation, name="confirmation"),
]
