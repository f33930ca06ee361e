"""The intake's routes, plain Starlette: these are the hot paths."""

from starlette.routing import BaseRoute, Route

from bot.intake.post_customers import CustomersDoor
from bot.intake.post_events import EventsDoor
from bot.intake.post_hooks import HooksDoor
from bot.intake.problems import answering
from bot.intake.rights import RightsDoor


def intake_routes(
    events: EventsDoor, hooks: HooksDoor, customers: CustomersDoor, rights: RightsDoor
) -> list[BaseRoute]:
    """Return the routes of the doors, each refusal already turned into an answer."""
    hook = "/v1/hooks/{vendor}/{connection}"
    links = "/v1/customers/{customer:path}/links"
    one = "/v1/customers/{customer:path}"
    return [
        Route("/v1/events", answering(events.post), methods=["POST"]),
        Route(hook, answering(hooks.post), methods=["POST"]),
        Route(hook, answering(hooks.probe), methods=["HEAD"]),
        Route("/v1/customers", answering(customers.post), methods=["POST"]),
        Route(links, answering(customers.post_links), methods=["POST"]),
        Route(one, answering(rights.get), methods=["GET"]),
        Route(one, answering(rights.delete), methods=["DELETE"]),
    ]
