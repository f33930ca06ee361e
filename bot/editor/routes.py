"""The routes of surveys and triggers."""

from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from bot.auth.needs import needs
from bot.console.asking import look_of
from bot.console.look import Look
from bot.console.operators import Operating, OperatorsDoor
from bot.console.problems import told
from bot.editor.door import EditorDoor
from bot.editor.frame import EDIT, FORM_BYTES, NEW, PATH, VERSIONS, Editing, Frame
from bot.editor.listing import ListDoor
from bot.editor.owning import OwnerDoor
from bot.editor.planning import PlanningDoor
from bot.editor.publishing import PlanDoor, VersionsDoor
from bot.editor.rehearsing import RehearsalDoor
from bot.editor.trying import TryDoor
from bot.http_errors import Handler, HttpProblem, answering
from surveys.program import Program
from surveys.staffing import Role


def editor_routes(
    editing: Editing, *, program: Callable[[], Program], operating: Operating, demo: bool
) -> list[BaseRoute]:
    """Return the pages: everybody of the staff may look, operators and admins change and publish."""

    def look(request: Request) -> Look:
        return look_of(request, program().company.language, demo=demo)

    operators = OperatorsDoor(operating=operating, program=program, look=look)
    frame = Frame(editing=editing, look=look, staff=operators.staff)
    editor, listing, plan = EditorDoor(frame=frame), ListDoor(frame=frame), PlanDoor(frame=frame)
    versions, trying = VersionsDoor(frame=frame), TryDoor(frame=frame)
    planning = PlanningDoor(plan=plan)
    rehearsal = RehearsalDoor(frame=frame, ring=editing.rehearse)
    answer = partial(told, program=program, demo=demo)

    def get(path: str, handler: Handler) -> Route:
        return Route(path, answering(handler, (HttpProblem,), answer), methods=["GET"])

    def post(path: str, handler: Handler) -> Route:
        return Route(path, answering(handler, (HttpProblem,), answer), methods=["POST"])

    one = EDIT + "{place}"
    return [
        *needs(
            Role.VIEWER,
            get(PATH, listing.page),
            get(VERSIONS, versions.page),
            get(VERSIONS + "/{number}", versions.one),
            get(PATH + "/planned/{planned}", planning.page),
            get(one, editor.page),
        ),
        *needs(
            Role.OPERATOR,
            post(PATH, listing.act),
            get(NEW, listing.begin),
            post(NEW, listing.create),
            post(VERSIONS + "/{number}", versions.revert),
            post(one, editor.act),
            get(one + "/plan", plan.page),
            post(one + "/plan", plan.act),
            post(one + "/planned", planning.act),
            post(PATH + "/planned/{planned}", planning.cancel),
            post(one + "/owner", OwnerDoor(frame=frame).act),
            get(one + "/rehearsal", rehearsal.page),
            post(one + "/rehearsal", rehearsal.act),
            get(one + "/test", trying.page),
            post(one + "/test", trying.act),
            most_bytes=FORM_BYTES,
        ),
    ]
