"""Who comes to the doors of the shop floor, at the API and on the pages."""

import json
from itertools import count

from django.test import Client

from dure.make.history import inbox

KEYS = count()


class Caller:
    """Somebody at the API."""

    def __init__(self, token=None):
        self.head = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path, **asked):
        return Client().get(f"/api/v1{path}", asked, headers=self.head)

    def post(self, path, **body):
        return Client().post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self.head, "Idempotency-Key": f"key-{next(KEYS)}"},
        )


def page(at_shop):
    return signed_in(**at_shop.sign_in)


def signed_in(*, email, password):
    client = Client()
    client.post("/sign-in/", {"email": email, "password": password})
    return client


def take_in(capture):
    capture.take_in(list(inbox.waiting(capture.manifest.folder, capture.batches.ends)))
