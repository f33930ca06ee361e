"""A change of the program, walked through: edited, shown, applied to a running server, answered, taken back."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from bot.cli import app as commands
from bot.doors import ADMIN_HEADER
from bot.server import admin_file
from surveys.model import Invitation
from surveys.ports import UnitOfWork
from surveys.program.patching import edit
from tests.e2e.chats import Chat, Shown, seen, tap
from tests.e2e.deployment import Deployment, deployed
from tests.e2e.webchat_chat import WebchatPlatform

NEW = {"ko": "상담이 쉬우셨나요?", "en": "Was it easy to get help?"}
REASON = {
    "question": {"ko": "무엇이 힘드셨나요?", "en": "What was hard?"},
    "chips": [{"id": "maze", "label": {"ko": "메뉴가 미로", "en": "The menu is a maze"}}],
}


async def typed(deployment: Deployment, *arguments: str, code: int = 0) -> str:
    """Type a command beside the running server; return what it prints."""
    env = {"AFTERTOUCH_DATABASE_URL": deployment.settings.database_url, "AFTERTOUCH_LANG": "en"}
    run = CliRunner().invoke
    result = await asyncio.to_thread(run, commands, ["program", *arguments], env=env)
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


async def asked(deployment: Deployment, chat: Chat, name: str) -> Shown:
    """Tell of a case solved two hours ago, and return the question about it."""
    at = (deployment.clock.now() - timedelta(hours=2)).isoformat()
    event = deployment.event(name, id=f"e-{name}", subject=f"ticket-{name}", time=at)
    assert (await deployment.signed(event)).status == 202
    (question,) = await seen(chat, 1)
    return question


async def invitation_of(deployment: Deployment, name: str) -> Invitation:
    def look(tx: UnitOfWork) -> Invitation:
        (event,) = tx.events.of_occasions([f"ticket-{name}"])
        (found,) = tx.invitations.of_event(event.id)
        return found

    return await deployment.app.storage.read(look)


def in_hand(text: str, file: Path, part: str, changes: Mapping[str, Any]) -> None:
    edited = edit(text, part, changes)
    assert edited.sound
    file.write_text(edited.text, "utf-8")


async def test_a_change_is_applied_answered_under_its_version_and_taken_back(
    database_url: str, tmp_path: Path
) -> None:
    platform, file = WebchatPlatform(), tmp_path / "program.yaml"
    async with deployed(database_url, platform.environ) as deployment:
        first, second, third = [
            await platform.join(deployment, name, "en") for name in ("c1", "c2", "c3")
        ]
        port = deployment.listener.getsockname()[1]
        deployment.clock.behind = timedelta()
        old = await asked(deployment, first, "c1")
        with admin_file(deployment.settings, port, deployment.app.admin_token):
            exported = await typed(deployment, "export")
            own = {"question": NEW, "wording": "easy-1", "reasons": {"low": REASON}}
            in_hand(exported, file, "survey:support-ces", own)

            shown = await typed(deployment, "diff", str(file), code=2)
            assert (
                "A new series of results begins (wording: standard wording (std1) → easy-1)"
                in shown
            )
            assert "0 not sent yet, 1 sent and waiting for an answer" in shown
            applied = await typed(deployment, "apply", str(file), "--yes", "--json")
            assert json.loads(applied)["number"] == 2

            await tap(first, old, "2")
            reason = (await seen(first, 2))[1]
            assert "c.repeated" in reason.values
            assert "c.maze" not in reason.values

            new = await asked(deployment, second, "c2")
            assert NEW["en"] in new.text
            assert NEW["en"] not in old.text
            await tap(second, new, "2")
            assert "c.maze" in (await seen(second, 2))[1].values

            assert "Version 3 is in force" in await typed(deployment, "revert", "1", "--yes")
            again = await asked(deployment, third, "c3")
            assert NEW["en"] not in again.text

        pinned = [await invitation_of(deployment, name) for name in ("c1", "c2", "c3")]
        assert [(i.wording, i.survey_version) for i in pinned] == [
            ("std1", 1),
            ("easy-1", 2),
            ("std1", 1),
        ]
        assert pinned[0].program_version == pinned[2].program_version != pinned[1].program_version
        for headers in ({}, {ADMIN_HEADER: "guessed"}):
            assert (
                await deployment.post("/admin/program", {"by": "cli:x"}, **headers)
            ).status == 403
        ours = {ADMIN_HEADER: deployment.app.admin_token}
        unsigned = await deployment.post("/admin/program", {"by": "somebody"}, **ours)
        assert (unsigned.status, unsigned.body["detail"]) == (
            400,
            "by: must say who publishes this: cli:<user>",
        )
        deeds = await deployment.app.storage.read(lambda tx: tx.audit.newest(9))
        assert [deed.act for deed in deeds] == ["program_revert", "program_publish"]
