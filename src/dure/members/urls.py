"""Where the members' pages stand."""

from django.urls import path

from dure.members import views

urlpatterns = [
    path("members/", views.members, name="members"),
    path("members/<uuid:firm_id>/", views.firm, name="member"),
]
