"""The doors to the pages of money."""

from django.urls import path

from dure.settle import views

urlpatterns = [
    path("", views.money, name="money"),
    path("payment-file/", views.payment_file, name="payment_file"),
    path("bank-file/", views.bank_file, name="bank_file"),
    path("<uuid:order_id>/", views.one_order, name="order_money"),
    path("<uuid:order_id>/release/", views.release, name="release_money"),
]
