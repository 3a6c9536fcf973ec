"""The room of money as a Django app."""

from django.apps import AppConfig


class SettleConfig(AppConfig):
    """Settlements, invoices, payments, journal, year closes."""

    name = "dure.settle"
