"""The journal as a Django app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Facts, reactions, issuers, numbers, the clock."""

    name = "dure.journal"
