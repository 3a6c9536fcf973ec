"""`found`: the first step of a home, by whoever runs the machine."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dure.journal.public import now
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative


class Command(BaseCommand):
    """Found the cooperative from the body of a `POST /firms` on standard input; answer as JSON."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the legal form."""
        parser.add_argument("--legal-form", default="framework")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, found, print token and passwords."""
        body = FirmIn.model_validate(json.load(sys.stdin))
        joined = found_cooperative(body.joining(), legal_form=options["legal_form"], at=now())
        answer = {"token": joined.token, "passwords": joined.passwords}
        self.stdout.write(json.dumps(answer))
