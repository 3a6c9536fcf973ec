"""Django settings."""

SECRET_KEY = "x"  # noqa: S105
