"""The room of proofs as a Django app."""

from django.apps import AppConfig


class ProveConfig(AppConfig):
    """The log's entries and checkpoints, and the links that open passports."""

    name = "dure.prove"
