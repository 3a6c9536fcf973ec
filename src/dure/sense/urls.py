"""The doors to the pages of needs. One need's own page, with its alternatives, is match's."""

from django.urls import path

from dure.sense.views import asking, catalogue, enquiries

urlpatterns = [
    path("", asking.needs, name="needs"),
    path("demand/", asking.demand, name="demand"),
    path("<uuid:request_id>/complete/", asking.complete, name="complete_request"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/<slug:code>/", catalogue.product, name="product"),
    path("propose/", catalogue.propose, name="propose_product"),
    path("propose/row/", catalogue.propose_row, name="propose_row"),
    path("proposals/<uuid:proposal_id>/", catalogue.proposal, name="proposal"),
    path("proposals/<uuid:proposal_id>/decide/", catalogue.decide, name="decide_proposal"),
    path("free/", enquiries.new_enquiry, name="new_enquiry"),
    path("free/check/", enquiries.check_enquiry, name="check_enquiry"),
    path("free/<uuid:enquiry_id>/", enquiries.enquiry, name="enquiry"),
    path("free/<uuid:enquiry_id>/answer/", enquiries.answer_enquiry, name="answer_enquiry"),
    path("free/<uuid:enquiry_id>/attach/", enquiries.attach, name="attach_drawing"),
    path("drawings/<uuid:drawing_id>/", enquiries.drawing, name="drawing"),
    path("drawings/<uuid:drawing_id>/for/", enquiries.drawing_for, name="drawing_for"),
]
