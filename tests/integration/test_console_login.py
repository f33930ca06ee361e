"""Getting into the console and out: cookies, links, passwords, sessions, and what a thief would try."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from bot.auth.guesses import (
    PER_ACCOUNT,
    PER_ACCOUNT_SECONDS,
    PER_ADDRESS,
    PER_ADDRESS_SECONDS,
    Guesses,
)
from bot.console.staffing.audit import SHOWN
from bot.console.staffing.frame import within
from bot.doors import ADMIN_HEADER
from surveys.service import logging_in, members
from surveys.service.people import hash_token
from surveys.staffing import Member, Role, StaffSession
from surveys.staffing.values import LINK_LASTS, SESSION_IDLES, SESSION_LASTS
from tests.e2e.deployment import Deployment, deployed
from tests.integration.test_console import faults
from tests.staffing import COOKIE, Browser, Seen, enter, hire, link, token_of
from tests.world import NOON

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", {}) as deployment:
        yield deployment


async def give_password(deployment: Deployment, member: Member, password: str = PASSWORD) -> None:
    """Set a password that is quick to compare."""
    app, kept = deployment.app, QUICK.hash(password)
    await app.storage.write(
        lambda tx: members.set_password(tx, app.ctx, member.id, kept, by="cli:test", keep=None)
    )


async def enter_again(browser: Browser, path: str) -> Seen:
    """Press the button of a link that has been used meanwhile."""
    once = path.partition("once=")[2]
    return await browser.submit("/console/login", "/console/login/link", once=once)


async def inside(browser: Browser) -> bool:
    return (await browser.get("/console", Accept="*/*")).status == 200


def pass_time(deployment: Deployment, span: timedelta) -> None:
    deployment.clock.behind -= span


# --- links ----------------------------------------------------------------------------------------


async def test_a_link_sent_to_somebody_opens_at_a_press_once_and_not_for_long(
    site: Deployment,
) -> None:
    member, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    minji, scanner = Browser(site), Browser(site)

    opened = [await scanner.get(invitation), await scanner.ask("HEAD", invitation)]
    page = await minji.get(f"{invitation}&lang=en")
    came = await enter(minji, invitation)
    late = await link(site, member)
    again = await enter(Browser(site), late)
    used = await Browser(site).get(late)
    pressed = await enter_again(minji, late)
    old = await link(site, member)
    pass_time(site, LINK_LASTS)
    expired = await Browser(site).get(old)

    assert not any(c.startswith(f"{COOKIE}=") for seen in opened for c in seen.cookies)
    assert ("Log in as minji" in page.html, faults(page.html)) == (True, [])
    assert (came.status, came.to, again.status) == (303, "/console", 303)
    assert (used.status, expired.status, pressed.status) == (404, 404, 404)
    assert 'href="/console/login?lang=en"' in pressed.html
    assert await inside(minji)


async def test_the_command_lines_link_opens_as_it_is_opened_but_from_no_other_site(
    site: Deployment,
) -> None:
    admin = {ADMIN_HEADER: site.app.admin_token}
    made = [(await site.send("/admin/logins", b"{}", admin)).body["url"] for _ in range(2)]
    paths = [url.removeprefix(site.url) for url in made]
    owner, victim = Browser(site), Browser(site)

    forced = await victim.get(paths[0], **{"Sec-Fetch-Site": "cross-site"})
    head = await victim.ask("HEAD", paths[0])
    came = await owner.get(paths[0], **{"Sec-Fetch-Site": "none"})
    page = await owner.get("/console/me?lang=en")

    assert (forced.status, head.status, came.status) == (200, 200, 303)
    assert not any(c.startswith(f"{COOKIE}=") for c in (*forced.cookies, *head.cookies))
    assert "The server&#39;s command line" in page.html
    assert (await owner.submit("/console/me", act="password", new=PASSWORD)).status == 403


async def test_nobody_needs_a_login_here_until_somebody_is_on_the_list(site: Deployment) -> None:
    anyone = Browser(site)
    before = await inside(anyone)
    page = await anyone.get("/console/me?lang=en")

    await hire(site, "minji@example.com", Role.ADMIN)

    assert before
    assert "You are not logged in" in page.html
    assert not await inside(anyone)
    assert (await anyone.get("/console")).to == "/console/login?next=%2Fconsole"


# --- cookies and sessions -------------------------------------------------------------------------


async def test_over_https_the_cookie_is_the_hosts_alone(tmp_path: Path) -> None:
    public = {"AFTERTOUCH_PUBLIC_URL": "https://ask.example.com"}
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", public) as site:
        _, invitation = await hire(site, "minji@example.com", Role.VIEWER)
        minji = Browser(site)
        page = await minji.get(invitation)
        came = await minji.post(
            "/console/login/link",
            {"token": token_of(page), "once": invitation.partition("once=")[2]},
            {"Origin": "https://ask.example.com"},
        )
        held = dict(minji.jar)
        minji.jar = {COOKIE: held[f"__Host-{COOKIE}"]}
        plain = await inside(minji)
        minji.jar = held
        at_home = await inside(minji)

    (cookie,) = (c for c in came.cookies if c.startswith(f"__Host-{COOKIE}="))
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert (at_home, plain) == (True, False)


async def test_a_session_is_new_at_each_login_and_the_old_one_is_over(site: Deployment) -> None:
    minji, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    browser = Browser(site, jar={COOKIE: "chosen-by-a-thief"})
    await enter(browser, invitation)
    first = browser.jar[COOKIE]
    await enter(browser, await link(site, minji))
    second = browser.jar[COOKIE]
    browser.jar[COOKIE] = first

    assert "chosen-by-a-thief" not in (first, second)
    assert first != second
    assert not await inside(browser)


async def test_a_session_ends_unused_in_the_end_and_at_a_restart_goes_on(site: Deployment) -> None:
    minji, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    idle, busy = Browser(site), Browser(site)
    await enter(idle, invitation)
    await enter(busy, await link(site, minji))
    await site.restart()
    went_on = await inside(busy)

    pass_time(site, SESSION_IDLES / 2)
    stayed = await inside(busy)
    fetched = await idle.get("/console", Accept="*/*", **{"Sec-Fetch-Dest": "empty"})
    pass_time(site, SESSION_IDLES / 2)
    afterwards = (await inside(busy), await inside(idle))
    while site.clock.behind > timedelta() and await inside(busy):
        pass_time(site, SESSION_IDLES / 2)

    assert (went_on, stayed, fetched.status) == (True, True, 200)
    assert afterwards == (True, False)
    assert SESSION_LASTS > SESSION_IDLES


async def test_a_session_is_ended_from_another_and_everywhere(site: Deployment) -> None:
    minji, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    _, other = await hire(site, "jun@example.com", Role.ADMIN)
    here, phone, stranger = Browser(site), Browser(site, agent="Safari/605 iPhone"), Browser(site)
    await enter(here, invitation)
    await enter(phone, await link(site, minji))
    await enter(stranger, other)
    page = (await here.get("/console/me?lang=en")).html
    (theirs,) = re.findall(r'name="id" value="([0-9a-f]{64})"', page)

    foreign = await stranger.submit("/console/me", act="revoke", id=theirs)
    was_inside = await inside(phone)
    done = await here.submit("/console/me", act="revoke", id=theirs)
    now_inside = (await inside(here), await inside(phone))
    junk = await here.submit("/console/me", act="revoke", id="\x00")
    everywhere = await here.submit("/console/me", act="revoke_all")

    assert "Safari · iPhone" in page
    assert faults(page) == []
    assert theirs == hash_token(phone.jar[COOKIE])
    assert (foreign.status, was_inside, junk.status) == (404, True, 404)
    assert (done.status, now_inside) == (303, (True, False))
    assert (everywhere.status, await inside(here)) == (303, False)


async def test_logging_out_ends_the_session_and_not_only_the_cookie(site: Deployment) -> None:
    _, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    browser = Browser(site)
    await enter(browser, invitation)
    held = browser.jar[COOKIE]

    out = await browser.submit("/console/me", "/console/logout")
    jar = dict(browser.jar)
    browser.jar[COOKIE] = held

    assert (out.status, out.to, COOKIE in jar) == (303, "/console/login?note=out", False)
    assert not await inside(browser)
    assert "You are logged out" in (await Browser(site).get(f"{out.to}&lang=en")).html


async def test_a_role_holds_from_the_next_request_on(site: Deployment) -> None:
    minji, invitation = await hire(site, "minji@example.com", Role.OPERATOR)
    await hire(site, "jun@example.com", Role.ADMIN)
    app, browser = site.app, Browser(site)
    await enter(browser, invitation)
    token = token_of(await browser.get("/console/deliveries"))

    await app.storage.write(
        lambda tx: members.change_role(tx, app.ctx, minji.id, Role.VIEWER, "cli:test")
    )
    page, form = (
        await browser.get("/console/deliveries"),
        await browser.post("/console/deliveries", {"token": token, "act": "hold"}),
    )
    reading = (await browser.get("/console?lang=en")).html
    await app.storage.write(lambda tx: members.disable(tx, app.ctx, minji.id, "cli:test"))

    assert (page.status, form.status) == (403, 403)
    assert "/console/deliveries" not in reading
    assert "/console/team" not in reading
    assert not await inside(browser)


# --- passwords ------------------------------------------------------------------------------------


async def test_a_password_is_set_and_logs_in_and_ends_the_other_sessions(site: Deployment) -> None:
    minji, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    here, there = Browser(site), Browser(site)
    await enter(here, invitation)
    await enter(there, await link(site, minji))

    refused = [
        (await here.submit("/console/me?lang=en", act="password", new=new, again=again)).html
        for new, again in (
            ("short", "short"),
            ("a" * 20, "a" * 20),
            ("minji likes it here", "minji likes it here"),
            (PASSWORD, PASSWORD + "!"),
        )
    ]
    done = await here.submit("/console/me", act="password", new=PASSWORD, again=PASSWORD)
    now_inside = (await inside(here), await inside(there))
    came = await there.log_in(" MINJI@example.com", PASSWORD, after="/console/me?lang=en")
    blind = await there.submit("/console/me", act="password", new=PASSWORD, again=PASSWORD)
    kept = await site.app.storage.read(lambda tx: tx.members.get(minji.id))

    for html, told in zip(
        refused, ("12 to 256", "five different", "your e-mail", "two passwords differ"), strict=True
    ):
        assert told in html
    assert (done.status, now_inside) == (303, (True, False))
    assert (came.status, came.to) == (303, "/console/me?lang=en")
    assert blind.status == 403  # no link just came, so the old one is asked for
    assert kept is not None
    assert (kept.password_hash or "").startswith("$argon2id$")


async def test_a_link_made_in_a_session_gives_no_more_than_the_session_and_ends_with_it(
    site: Deployment,
) -> None:
    minji, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    await give_password(site, minji)
    left_open, thief, late = Browser(site), Browser(site), Browser(site)
    await left_open.log_in("minji@example.com", PASSWORD)

    async def made() -> str:
        app = site.app
        token = await app.storage.write(
            lambda tx: logging_in.make_link(tx, app.ctx, minji, minji.named)
        )
        return f"/console/login?once={token}"

    came = await enter(thief, await made())
    given = await thief.submit("/console/me?lang=en", act="password", new="x" * 9 + "abcdef")
    second = await made()
    shown = (await late.get(second)).status
    await left_open.submit("/console/me", act="revoke_all")

    assert (came.status, given.status) == (303, 403), "the old password is asked for"
    assert (shown, (await late.get(second)).status) == (200, 404)
    assert not await inside(thief)
    assert (await enter(late, invitation)).status == 303, "what somebody else gave her is hers"


async def test_unknown_wrong_disabled_and_unset_are_told_alike(site: Deployment) -> None:
    minji, _ = await hire(site, "minji@example.com", Role.VIEWER)
    gone, _ = await hire(site, "gone@example.com", Role.VIEWER)
    await hire(site, "new@example.com", Role.ADMIN)
    for member in (minji, gone):
        await give_password(site, member)
    app = site.app
    await app.storage.write(lambda tx: members.disable(tx, app.ctx, gone.id, "cli:test"))

    tries = [
        await Browser(site).log_in(email, password)
        for email, password in (
            ("minji@example.com", "wrong horse battery"),
            ("nobody@example.com", PASSWORD),
            ("gone@example.com", PASSWORD),
            ("new@example.com", ""),
            ("\x00", PASSWORD),
        )
    ]
    told = {re.sub(r'value="[^"]*"', "", seen.html) for seen in tries}
    trail = await app.storage.read(lambda tx: tx.audit.newest(5))
    right = await Browser(site).log_in("minji@example.com", PASSWORD)
    kept = await app.storage.read(lambda tx: tx.members.get(minji.id))

    assert [seen.status for seen in tries] == [403] * 5
    assert len(told) == 1
    assert "minji@example.com" in tries[0].html  # what was typed is kept
    assert [(deed.act, deed.subject) for deed in reversed(trail)] == [
        ("login_failed", minji.id),
        ("login_failed", ""),
        ("login_failed", gone.id),
        ("login_failed", next(m.id for m in [await _by(site, "new@example.com")])),
        ("login_failed", ""),
    ]
    assert right.status == 303
    assert kept is not None
    assert not PasswordHasher().check_needs_rehash(kept.password_hash or "")


async def _by(site: Deployment, email: str) -> Member:
    found = await site.app.storage.read(lambda tx: tx.members.by_email(email))
    assert found is not None
    return found


async def test_guessing_is_slowed_down_for_the_account_and_says_how_long(site: Deployment) -> None:
    minji, _ = await hire(site, "minji@example.com", Role.VIEWER)
    await give_password(site, minji)
    browser = Browser(site)
    tries = [await browser.log_in("minji@example.com", "x") for _ in range(PER_ACCOUNT + 1)]
    shut = await browser.log_in("MINJI@example.com", PASSWORD)
    pass_time(site, timedelta(seconds=int(shut.headers["Retry-After"]) + 1))
    opened = await browser.log_in("minji@example.com", PASSWORD)

    assert [seen.status for seen in tries] == [403] * PER_ACCOUNT + [429]
    assert 0 < int(tries[-1].headers["Retry-After"]) <= PER_ACCOUNT_SECONDS
    assert shut.headers["Retry-After"] in shut.html
    assert (shut.status, opened.status) == (429, 303)


def test_an_address_is_slowed_down_whatever_accounts_it_tries() -> None:
    guesses = Guesses(lambda: NOON)
    waits = [guesses.wait(f"{n}@example.com", "192.0.2.1") for n in range(PER_ADDRESS + 1)]

    assert waits == [0] * PER_ADDRESS + [PER_ADDRESS_SECONDS]
    assert guesses.wait("7@example.com", "192.0.2.2") == 0


async def test_the_login_form_must_be_this_browsers_own(site: Deployment) -> None:
    minji, invitation = await hire(site, "minji@example.com", Role.VIEWER)
    await give_password(site, minji)
    thief, victim = Browser(site), Browser(site)
    stolen = token_of(await thief.get("/console/login"))
    own = token_of(await victim.get("/console/login"))
    said = {"email": "minji@example.com", "password": PASSWORD}
    mine, once = said | {"token": own}, invitation.partition("once=")[2]

    forced = [
        await victim.post("/console/login", said | {"token": stolen}),
        await victim.post("/console/login", said | {"token": ""}),
        await victim.post("/console/login", mine, {"Origin": "https://evil.example"}),
        await victim.post("/console/login", mine, {"Sec-Fetch-Site": "cross-site"}),
        await victim.post("/console/login/link", {"token": stolen, "once": once}),
    ]

    assert not any(c.startswith(f"{COOKIE}=") for seen in forced for c in seen.cookies)
    assert (await victim.post("/console/login", mine)).status == 303


async def test_next_leads_nowhere_but_within_the_console(site: Deployment) -> None:
    for elsewhere in (
        "https://evil.example",
        "//evil.example/console",
        "/console@evil.example",
        "/console.evil.example",
        "/console/\\evil.example",
        "/console/x\r\nSet-Cookie: a=b",
        "/console/x y",
        "javascript:alert(1)",
        "/v1/results",
        "/console/logout",
        "/console/login?next=/console",
        "/console/" + "x" * 4096,
        "",
    ):
        assert within(elsewhere) == "/console", elsewhere
    minji, _ = await hire(site, "minji@example.com", Role.VIEWER)
    await give_password(site, minji)
    browser = Browser(site)
    page = await browser.get("/console/login?next=//evil.example")
    said = {"email": "minji@example.com", "password": PASSWORD, "next": "//evil.example/console"}
    came = await browser.post("/console/login", said | {"token": token_of(page)})

    assert 'name="next" value="/console"' in page.html
    assert came.to == "/console"


async def test_a_slow_body_does_not_outlive_the_session(site: Deployment) -> None:
    _, invitation = await hire(site, "minji@example.com", Role.OPERATOR)
    browser = Browser(site)
    await enter(browser, invitation)
    token = token_of(await browser.get("/console/deliveries"))
    session = hash_token(browser.jar[COOKIE])

    async def body() -> AsyncIterator[bytes]:
        yield f"token={token}".encode()
        await site.app.storage.write(
            lambda tx: tx.staff_sessions.save(
                replace(_found(tx.staff_sessions.get(session)), revoked_at=site.clock.now())
            )
        )
        yield b"&act=hold&reason=late"

    headers = {
        "Cookie": f"{COOKIE}={browser.jar[COOKIE]}",
        "Origin": site.url,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with site.http.post(
        f"{site.url}/console/deliveries", data=body(), headers=headers, allow_redirects=False
    ) as answer:
        status = answer.status
    trail = await site.app.storage.read(lambda tx: tx.audit.newest(99))

    assert status == 401
    assert "hold" not in [deed.act for deed in trail]


def _found(session: StaffSession | None) -> StaffSession:
    assert session is not None
    return session


async def test_the_log_is_searched_in_its_address_and_says_what_it_left_out(
    site: Deployment,
) -> None:
    _, invitation = await hire(site, "minji@example.com", Role.ADMIN)
    browser = Browser(site)
    await enter(browser, invitation)
    for n in range(SHOWN):
        await hire(site, f"n{n}@example.com", Role.VIEWER)

    async def rows(query: str) -> tuple[int, int, str]:
        seen = await browser.get(f"/console/audit?lang=en&{query}")
        return seen.status, seen.html.count('<th scope="row">'), seen.html

    status, count, first = await rows("act=staff_add")
    (older,) = re.findall(r"before=([0-9]+)", first)
    ours = await rows("subject=N7@example.com&act=staff_add")
    tomorrow = await rows("since=2999-01-01")
    odd = [await rows(q) for q in ("since=yesterday", "by=%00", "until=9999-12-31", "before=x")]

    assert (status, count) == (200, SHOWN)
    assert (await rows(f"act=staff_add&before={older}"))[:2] == (200, 1)
    assert ours[:2] == (200, 1)
    assert (tomorrow[:2], "There is no such entry" in tomorrow[2]) == ((200, 0), True)
    assert [each[0] for each in odd] == [400, 400, 400, 200]
    assert all(each[1] == SHOWN for each in odd)
    assert 'type="text" value="yesterday"' in odd[0][2]
    turned = await rows("since=2000-01-02&until=2000-01-01")
    assert turned[:2] == (400, SHOWN), turned[2]
    assert "The last day is before the first" in turned[2]
    assert 'value="2000-01-01"' in turned[2]
    own, setup = await rows("by=MINJI%40example.com&act=login"), await rows("by=Setup+(system)")
    assert own[:2] == (200, 1), own[2]
    assert "How: One-time link" in own[2]
    assert "&#34;by&#34;: &#34;staff:minji@example.com&#34;" in own[2], "the stored entry stays"
    assert setup[:2] == (200, 0), setup[2]


async def test_a_member_reads_in_her_language_unless_the_address_says_another(
    site: Deployment,
) -> None:
    app = site.app
    member = await app.storage.write(
        lambda tx: members.add(
            tx,
            app.ctx,
            email="a@example.com",
            name="",
            role=Role.VIEWER,
            by="cli:test",
            language="en",
        )
    )
    browser = Browser(site)
    await enter(browser, await link(site, member))

    own = await browser.get("/console/me", **{"Accept-Language": "ko"})
    other = await browser.get("/console/me?lang=ko")

    assert (own.headers["Content-Language"], other.headers["Content-Language"]) == ("en", "ko")
