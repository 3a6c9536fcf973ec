"""A fast hash for the passwords of tests. Real ones are slow on purpose."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    iterations = 1_000
