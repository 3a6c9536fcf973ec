"""The door to the page of needs. One need's own page, with its alternatives, is match's."""

from django.urls import path

from dure.sense import views

urlpatterns = [path("", views.needs, name="needs")]
