"""The room of joint purchasing as a Django app."""

from django.apps import AppConfig


class BuyConfig(AppConfig):
    """Needs, offers, rounds, awards, allocation sheets."""

    name = "dure.buy"
