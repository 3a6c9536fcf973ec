"""The plan room as a Django app."""

from django.apps import AppConfig


class PlanConfig(AppConfig):
    """Its tables are called plan_…."""

    name = "dure.plan"
    label = "plan"
    default_auto_field = "django.db.models.BigAutoField"
