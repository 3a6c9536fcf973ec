"""The room of needs as a Django app."""

from django.apps import AppConfig


class SenseConfig(AppConfig):
    """Products, requests, bills of process, price bands."""

    name = "dure.sense"
