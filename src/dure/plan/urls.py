"""Where the pages of plans are."""

from django.urls import path

from dure.plan.views import board, changes, orders, own, what_if

urlpatterns = [
    path("", orders.planning, name="planning"),
    path("again/", changes.plan_again, name="plan_again"),
    path("board/", board.board, name="plan_board"),
    path("board/move/", board.move, name="plan_move"),
    path("board/rules/", board.rules, name="plan_rules"),
    path("board/<uuid:job_order_id>/pin/", board.pin, name="plan_pin"),
    path("calendar/<str:token>.ics", own.feed, name="plan_calendar"),
    path("changes/<uuid:plan_id>/", changes.one_change, name="plan_change"),
    path("changes/<uuid:plan_id>/answer/", changes.answer_change, name="answer_change"),
    path("incidents/", changes.tell, name="plan_incidents"),
    path("incidents/<uuid:incident_id>/end/", changes.end, name="plan_incident_end"),
    path("job-orders/<uuid:job_order_id>/wait/", changes.wait, name="plan_wait"),
    path("job-orders/<uuid:job_order_id>/give-back/", changes.give_back, name="plan_give_back"),
    path("orders/<uuid:order_id>/", orders.one_order, name="plan_order"),
    path("orders/<uuid:order_id>/rush/", changes.rush, name="plan_rush"),
    path("own/", own.own, name="plan_own"),
    path("own/calendar/", own.open_feed, name="plan_open_feed"),
    path("own/calendar/close/", own.close_feed, name="plan_close_feed"),
    path("own/<uuid:capability_id>/withdraw/", own.withdraw, name="plan_withdraw"),
    path("proposals/<uuid:proposal_id>/", orders.one_proposal, name="plan_proposal"),
    path("proposals/<uuid:proposal_id>/answer/", orders.answer, name="answer_proposal"),
    path("quotes/<uuid:quote_id>/accept/", orders.accept_quote, name="accept_quote"),
    path("requests/<uuid:request_id>/", orders.one_quote, name="plan_quote"),
    path("scenarios/", what_if.scenario_list, name="plan_scenarios"),
    path("scenarios/<uuid:scenario_id>/", what_if.one_scenario, name="plan_scenario"),
]
