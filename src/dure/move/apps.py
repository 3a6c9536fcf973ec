"""The room as Django knows it."""

from django.apps import AppConfig


class MoveConfig(AppConfig):
    """Goods between firms."""

    name = "dure.move"
