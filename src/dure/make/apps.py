"""Make, as Django knows it."""

from django.apps import AppConfig


class MakeConfig(AppConfig):
    """The room where things are made."""

    name = "dure.make"
