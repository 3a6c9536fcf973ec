"""Where the pages of plans are."""

from django.urls import path

from dure.plan import views

urlpatterns = [
    path("", views.planning, name="planning"),
    path("orders/<uuid:order_id>/", views.one_order, name="plan_order"),
    path("proposals/<uuid:proposal_id>/", views.one_proposal, name="plan_proposal"),
    path("proposals/<uuid:proposal_id>/answer/", views.answer, name="answer_proposal"),
    path("quotes/<uuid:quote_id>/accept/", views.accept_quote, name="accept_quote"),
    path("requests/<uuid:request_id>/", views.one_quote, name="plan_quote"),
]
