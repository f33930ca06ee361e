"""Logging in at an OpenID provider: who gets in, and that no forgery does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from surveys.staffing import Role
from tests.e2e.deployment import Deployment, deployed
from tests.fakes.oidc import (
    CLIENT,
    SECRET,
    FakeProvider,
    changed,
    providing,
    signed_by_another,
    signed_with_the_public_key,
    signed_with_the_secret,
    unsigned,
)
from tests.staffing import COOKIE, Browser, Seen, hire, link

LOGIN, BACK = "/console/login/provider", "/console/login/provider/back"
MINJI = {"sub": "7", "email": "Minji@Example.com", "email_verified": True}


@asynccontextmanager
async def running(tmp_path: Path, **more: str) -> AsyncIterator[tuple[Deployment, FakeProvider]]:
    async with providing() as provider:
        environ = {
            "AFTERTOUCH_OIDC_ISSUER": provider.url,
            "AFTERTOUCH_OIDC_CLIENT_ID": CLIENT,
            "AFTERTOUCH_OIDC_CLIENT_SECRET": SECRET,
            "AFTERTOUCH_OIDC_LABEL": "Okta",
        }
        async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", environ | more) as deployment:
            provider.redirect_uri = f"{deployment.url}{BACK}"
            provider.now = deployment.clock.now
            yield deployment, provider


async def over(browser: Browser, path: str = LOGIN) -> Seen:
    """Go to the provider and come back."""
    there = await browser.get(path)
    back = await browser.get(there.to)
    return await browser.get(back.to)


async def acts(deployment: Deployment) -> list[tuple[str, str]]:
    trail = await deployment.app.storage.read(lambda tx: tx.audit.newest(99))
    return [(deed.act, deed.by) for deed in trail]


async def test_an_invitation_binds_who_she_is_there_and_nothing_less_does(tmp_path: Path) -> None:
    async with running(tmp_path) as (deployment, provider):
        member, invitation = await hire(deployment, "minji@example.com", Role.ADMIN)
        once = invitation.partition("once=")[2]
        provider.who = MINJI
        stranger = await over(Browser(deployment))
        for who in (
            {"sub": "8", "email": "minji@example.com", "email_verified": False},
            {"sub": "8", "email": "minji@example.com"},
            {"sub": "8", "email": "minji@example.com", "email_verified": "true"},
            {"sub": "8", "email": "other@example.com", "email_verified": True},
            {"sub": "8"},
        ):
            provider.who = who
            assert (await over(Browser(deployment), f"{LOGIN}?once={once}")).status == 403, who

        provider.who = MINJI
        page = await Browser(deployment).get(invitation)
        bound = await over(Browser(deployment), f"{LOGIN}?once={once}")
        again = Browser(deployment)
        provider.rotate()
        deployment.clock.behind -= (
            deployment.clock.behind / 100
        )  # the keys are fetched anew at once, not in an hour
        came = await over(again, f"{LOGIN}?next=/console/me")
        shown = await again.get("/console/me?lang=en")
        used = await over(Browser(deployment), f"{LOGIN}?once={once}")
        provider.who = MINJI | {"sub": "9"}
        namesake = await over(Browser(deployment))
        kept = await deployment.app.storage.read(lambda tx: tx.members.get(member.id))

    assert stranger.status == 403
    assert COOKIE not in "".join(stranger.cookies).replace(f"{COOKIE}_", "")
    assert "Okta" in page.html
    assert (bound.status, bound.to) == (303, "/console")
    assert (came.status, came.to) == (303, "/console/me")
    assert "login provider" in shown.html
    assert used.status == 303  # she is known by now; the link is not what lets her in
    assert namesake.status == 403
    assert kept is not None
    assert (kept.issuer, kept.subject) == (provider.url, "7")
    assert provider.problems == []


async def test_no_forgery_gets_in(tmp_path: Path) -> None:
    async with running(tmp_path) as (deployment, provider):
        _, invitation = await hire(deployment, "minji@example.com", Role.VIEWER)
        provider.who = MINJI
        assert (
            await over(Browser(deployment), invitation.replace("login?", "login/provider?"))
        ).status == 303

        for name, forge in {
            "nonce": changed(nonce="x" * 22),
            "no nonce": changed(nonce=None),
            "issuer": changed(iss="https://evil.example"),
            "audience": changed(aud="another client"),
            "two audiences": changed(aud=[CLIENT, "another client"]),
            "another party": changed(azp="another client"),
            "expired": changed(exp=int(provider.now().timestamp()) - 3600),
            "from the future": changed(iat=int(provider.now().timestamp()) + 3600),
            "no expiry": changed(exp=None),
            "no subject": changed(sub=None),
            "empty subject": changed(sub=""),
            "a number": changed(sub=7),
            "none": unsigned,
            "secret": signed_with_the_secret,
            "public key": signed_with_the_public_key,
            "another key": signed_by_another,
            "no token": lambda *_: "",
            "junk": lambda *_: "a.b.c",
        }.items():
            provider.forge = forge
            seen = await over(Browser(deployment))
            assert seen.status == 403, name
            assert not any(c.startswith(f"{COOKIE}=") for c in seen.cookies), name
        provider.forge = None

        for answer in (
            {"state": "x" * 22},
            {"state": ""},
            {"iss": "https://evil.example"},
            {"iss": ""},
            {"code": ""},
            {"error": "access_denied"},
        ):
            provider.answer = answer
            assert (await over(Browser(deployment))).status == 403, answer
        provider.answer = {}

        browser, thief = Browser(deployment), Browser(deployment)
        back = await browser.get((await browser.get(LOGIN)).to)
        stolen = await thief.get(back.to)
        jar = dict(browser.jar)
        first = await browser.get(back.to)
        browser.jar = jar
        twice = await browser.get(back.to)
        failures = [act for act, _ in await acts(deployment) if act == "login_failed"]

    assert (stolen.status, first.status, twice.status) == (403, 303, 403)
    assert 0 < len(failures) <= 21


async def test_a_claim_says_the_role_and_the_last_admin_stays(tmp_path: Path) -> None:
    claim = {
        "AFTERTOUCH_OIDC_ROLES_CLAIM": "groups",
        "AFTERTOUCH_OIDC_ROLES": "cx=viewer, lead = admin",
    }
    async with running(tmp_path, **claim) as (deployment, provider):
        member, invitation = await hire(deployment, "minji@example.com", Role.VIEWER)
        app = deployment.app

        async def role() -> Role:
            found = await app.storage.read(lambda tx: tx.members.get(member.id))
            assert found is not None
            return found.role

        provider.who = MINJI | {"groups": ["sales"]}
        groupless = await over(Browser(deployment), invitation.replace("login?", "login/provider?"))
        provider.who = MINJI | {"groups": ["cx", "lead", 3]}
        lead = await over(Browser(deployment), invitation.replace("login?", "login/provider?"))
        as_lead = await role()
        provider.who = MINJI | {"groups": "cx"}
        alone = await over(Browser(deployment))
        as_alone = await role()
        await hire(deployment, "jun@example.com", Role.ADMIN)
        await over(Browser(deployment))

        assert (groupless.status, lead.status, alone.status) == (403, 303, 303)
        assert (as_lead, as_alone, await role()) == (Role.ADMIN, Role.ADMIN, Role.VIEWER)
        assert ("staff_role", "oidc") in await acts(deployment)
        assert (await link(deployment, member)).startswith("/console/login?once=")
