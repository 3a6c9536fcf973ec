"""The addresses of Move's pages."""

from django.urls import path

from dure.move import views

urlpatterns = [
    path("", views.moving, name="moving"),
    path("shipments/<uuid:shipment_id>/count/", views.count, name="moving_count"),
    path("lots/<uuid:lot_id>/send/", views.send, name="moving_send"),
    path("cases/<uuid:case_id>/resolve/", views.resolve, name="moving_resolve"),
    path("orders/<uuid:order_id>/deliver/", views.deliver, name="moving_deliver"),
    path("orders/<uuid:order_id>/inspect/", views.inspect, name="moving_inspect"),
]
