"""The room of members as a Django app."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """Firms, people, sites, machines, capabilities, rate cards, licences."""

    name = "dure.members"
