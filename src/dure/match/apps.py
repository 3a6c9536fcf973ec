"""The room of clusters as a Django app."""

from django.apps import AppConfig


class MatchConfig(AppConfig):
    """Alternatives, clusters, assignments, and what weighs in them."""

    name = "dure.match"
