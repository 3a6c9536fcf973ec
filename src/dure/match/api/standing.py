"""Standing clusters over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.match import public
from dure.match.schemas.standing import AnswerIn, SuggestionOut, suggestion_out
from dure.match.services import standing as services
from dure.stack.tenancy import actor_of

router = Router()


@router.get("/standing-clusters", response=list[SuggestionOut])
def standing_clusters(request: HttpRequest) -> list[dict[str, object]]:
    """List the clusters that keep coming back, one's own; all of them to the office."""
    actor_of(request).must_be(Role.OWNER, Role.OFFICE)
    return [suggestion_out(each) for each in public.standing()]


@router.post("/standing-clusters/{uuid:standing_id}/answer", response=list[SuggestionOut])
def answer_standing(
    request: HttpRequest, standing_id: UUID, body: AnswerIn
) -> list[dict[str, object]]:
    """Say whether one's firm wants what was suggested [owner]; once all want it, it is taken up."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    services.answer_standing(standing_id, firm=actor.firm, wants=body.wants, at=now())
    return [suggestion_out(each) for each in public.standing() if each.id == standing_id]
