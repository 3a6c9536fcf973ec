"""Where the members' pages stand."""

from django.urls import path

from dure.members import views

urlpatterns = [
    path("members/", views.members, name="members"),
    path("members/capabilities/new/", views.capability, name="new_capability"),
    path("members/capabilities/<uuid:capability_id>/", views.capability, name="capability"),
    path("members/licences/", views.hold_licence, name="hold_licence"),
    path("members/days-off/", views.toggle_day_off, name="toggle_day_off"),
    path("members/offering/", views.toggle_offering, name="toggle_offering"),
    path("members/ballots/", views.ballots, name="ballots"),
    path("members/ballots/open/", views.open_ballot, name="open_ballot"),
    path("members/ballots/<uuid:ballot_id>/vote/", views.vote, name="vote"),
    path("members/<uuid:firm_id>/", views.firm, name="member"),
]
