"""The web chat as customers meet it, in a real Chromium."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, Route, expect

from surveys.model import Button, Command, Prompt, Tap, Typed
from tests.browser.conftest import Served, Visit
from tests.webchat_prompts import (
    QUESTION_TOKEN,
    REASON_TOKEN,
    interview,
    nps,
    question,
    reason,
    thanks,
)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

SOON = timedelta(seconds=60) / timedelta(milliseconds=1)


async def chosen_is(page: Page, text: str) -> None:
    await expect(page.locator("[data-kind=chosen]")).to_contain_text(text, timeout=SOON)


async def columns_of(page: Page) -> list[int]:
    """How many options stand in each row of the scale, top to bottom."""
    tops = await page.locator(".scale label").evaluate_all(
        "nodes => nodes.map(node => Math.round(node.getBoundingClientRect().top))"
    )
    return [tops.count(top) for top in sorted(set(tops))]


async def smallest_target(page: Page) -> float:
    """The shortest side of anything that can be tapped, in CSS pixels."""
    sides: float = await page.locator("button:visible, .scale label, summary:visible").evaluate_all(
        """nodes => Math.min(...nodes.flatMap(node => {
          const box = node.getBoundingClientRect();
          return [box.width, box.height];
        }))"""
    )
    return round(sides, 1)


async def test_a_korean_customer_answers_by_tapping_on_a_phone(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko", 360, 740, has_touch=True)
    group = page.get_by_role("radiogroup", name="추천할 의향이")
    await expect(group).to_have_accessible_description("0 = 전혀 없음 · 10 = 매우 높음")
    assert await columns_of(page) == [6, 5]
    assert await smallest_target(page) >= 44

    await group.get_by_role("radio", name="10점 만점에 9점").tap()

    await chosen_is(page, "✓ 9점을 선택하셨어요")
    await expect(page.get_by_text("그렇게 느끼신 가장 큰 이유는")).to_be_visible()
    assert [done.act for done in chat.desk.acts] == [Tap(token=QUESTION_TOKEN, value="9")]


async def test_an_english_customer_answers_by_clicking_on_a_desktop(
    chat: Served, visit: Visit
) -> None:
    chat.desk.consent_text = "Your answers only improve our service."
    interview(chat.desk, "en")
    page = await visit(f"{chat.url}/chat#t=link-en", 1024, 768)
    group = page.get_by_role("radiogroup", name="How likely are you")
    await expect(group).to_be_visible()
    assert await columns_of(page) == [11]
    assert await smallest_target(page) >= 44
    await expect(page.get_by_role("heading", name="Green Market")).to_be_visible()
    await expect(page.get_by_text("Your answers only improve our service.")).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "en"
    assert await page.locator(".bubble").get_attribute("lang") == "en"

    await group.get_by_role("radio", name="10 out of 10").click()

    await chosen_is(page, "✓ You chose 10")
    assert [done.act for done in chat.desk.acts] == [Tap(token=QUESTION_TOKEN, value="10")]


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("Space", "0"),
        ("ArrowRight ArrowDown ArrowLeft Enter", "1"),
        ("ArrowLeft Enter", "10"),
        ("End ArrowRight Home ArrowUp Space", "10"),
        ("7 Enter", "7"),
        ("1 Enter", "1"),
        ("1 0 Enter", "10"),
        ("1 5 Enter", "5"),
    ],
)
async def test_the_keyboard_alone_moves_first_and_then_sends(
    chat: Served, visit: Visit, keys: str, value: str
) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("radiogroup")).to_be_visible()
    *moves, commit = keys.split()

    for _ in ("language", "menu", "scale"):
        await page.keyboard.press("Tab")
    for key in moves:
        await page.keyboard.press(key)
    assert chat.desk.acts == []
    await page.keyboard.press(commit)

    await chosen_is(page, f"✓ {value}점")
    assert [done.act for done in chat.desk.acts] == [Tap(token=QUESTION_TOKEN, value=value)]


async def test_after_answering_the_keyboard_goes_on_where_it_was(
    chat: Served, visit: Visit
) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await page.get_by_role("radio").first.focus()
    await page.keyboard.press("Enter")
    await chosen_is(page, "✓ 0점")
    await expect(page.locator("[data-kind=chosen]")).to_be_focused()

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="점수 바꾸기")).to_be_focused()
    await page.keyboard.press("Tab")

    await expect(page.get_by_role("button", name="배송이 빨라요")).to_be_focused()


async def test_a_screen_reader_hears_question_anchors_and_points(
    chat: Served, visit: Visit
) -> None:
    chat.desk.push(question("ko", range(1, 4)))
    page = await visit(f"{chat.url}/chat#t=link-ko")

    await expect(page.get_by_role("log")).to_match_aria_snapshot(
        """
        - log "대화":
          - article:
            - paragraph: 초록마켓 · 11월 18일 주문
            - paragraph: 초록마켓을 친구나 동료에게 추천할 의향이 얼마나 있습니까?
            - paragraph: 0 = 전혀 없음 · 10 = 매우 높음
            - radiogroup "초록마켓을 친구나 동료에게 추천할 의향이 얼마나 있습니까?":
              - radio "10점 만점에 1점"
              - radio "10점 만점에 2점"
              - radio "10점 만점에 3점"
            - button "건너뛰기"
            - button "그만 받기"
            - time: /.+/
        """
    )


async def test_an_edit_changes_the_message_in_place_and_keeps_focus_and_choice(
    chat: Served, visit: Visit
) -> None:
    asked = chat.desk.push(nps("ko"))
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await page.get_by_role("radio").first.focus()
    await page.keyboard.press("8")

    chat.desk.edit(asked, nps("en"))

    eight = page.get_by_role("radio", name="8 out of 10")
    await expect(eight).to_be_focused(timeout=SOON)
    await expect(eight).to_be_checked()
    assert await page.locator(".bubble").count() == 1
    await expect(page.get_by_placeholder("Tell us in your own words")).to_be_visible()


async def test_a_changed_mind_brings_the_scale_back(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await page.get_by_role("radio", name="10점 만점에 3점").click()
    await page.get_by_role("button", name="점수 바꾸기").click()

    await page.get_by_role("radio", name="10점 만점에 6점").click()

    await chosen_is(page, "✓ 6점")
    assert [done.act for done in chat.desk.acts] == [
        Tap(token=QUESTION_TOKEN, value=value) for value in ("3", "change", "6")
    ]
    orders = [done.client_seq for done in chat.desk.acts]
    assert orders == sorted(set(orders))


async def test_a_reason_is_tapped_and_a_comment_typed(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    chat.desk.push(reason("ko"))
    page = await visit(f"{chat.url}/chat#t=link-ko")
    chips = page.locator(".chip")
    await expect(chips).to_have_text(
        ["배송이 빨라요", "상품이 좋아요", "가격이 좋아요", "상담이 친절해요"]
    )
    boxes = await chips.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().top)")
    assert len(set(boxes)) == 4

    await chips.nth(1).click()
    await expect(chips.nth(1)).to_have_attribute("aria-pressed", "true")
    await page.get_by_placeholder("의견을 자유롭게").fill("기사님이\n친절해요")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("소중한 의견 고맙습니다")).to_be_visible()
    await expect(page.locator(".own")).to_have_text("기사님이\n친절해요")
    assert [done.act for done in chat.desk.acts] == [
        Tap(token=REASON_TOKEN, value="c1"),
        Typed(text="기사님이\n친절해요"),
    ]


async def test_enter_that_ends_a_korean_syllable_does_not_send(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    box = page.get_by_role("textbox")
    await box.fill("좋아")
    await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(box).to_have_value("좋아")

    await box.dispatch_event("keydown", {"key": "Enter"})

    await expect(box).to_have_value("")
    await expect(page.locator("[data-kind=thanks]")).to_be_visible()
    assert [done.act for done in chat.desk.acts] == [Typed(text="좋아")]


async def test_a_tap_while_offline_is_kept_and_sent_once_later(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("radiogroup")).to_be_visible()
    await page.context.set_offline(True)

    await page.get_by_role("radio", name="10점 만점에 4점").click()
    await expect(page.get_by_role("status")).to_contain_text("다시 보내는 중")
    await expect(page.get_by_role("radio", name="10점 만점에 4점")).to_be_checked()
    assert chat.desk.acts == []
    await page.context.set_offline(False)

    await chosen_is(page, "✓ 4점")
    await expect(page.get_by_role("status")).to_be_empty()
    assert [done.act for done in chat.desk.acts] == [Tap(token=QUESTION_TOKEN, value="4")]


async def test_a_lost_reply_does_not_double_the_act(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("radiogroup")).to_be_visible()
    lost = 0

    async def lose_first(route: Route) -> None:
        nonlocal lost
        await route.fetch()
        lost += 1
        await (route.abort() if lost == 1 else route.continue_())

    await page.route("**/chat/api/act", lose_first)

    await page.get_by_role("radio", name="10점 만점에 4점").click()

    await chosen_is(page, "✓ 4점")
    await expect(page.get_by_role("status")).to_be_empty()
    assert lost == 2
    assert [done.act for done in chat.desk.acts] == [Tap(token=QUESTION_TOKEN, value="4")]


async def test_a_busy_server_is_tried_again(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("radiogroup")).to_be_visible()
    chat.desk.busy = True
    await page.get_by_role("radio", name="10점 만점에 4점").click()
    await expect(page.get_by_role("status")).to_contain_text("다시 보내는 중")

    chat.desk.busy = False

    await chosen_is(page, "✓ 4점")


async def test_a_reload_resumes_with_everything_that_was_said(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await page.get_by_role("radio", name="10점 만점에 9점").click()
    await page.get_by_placeholder("의견을 자유롭게").fill("잘 쓰고 있어요")
    await page.get_by_role("button", name="보내기").click()
    await expect(page.locator("[data-kind=thanks]")).to_be_visible()
    before = await page.locator("#log").inner_text()

    await page.reload()

    await expect(page.locator("[data-kind=thanks]")).to_be_visible()
    assert await page.locator("#log").inner_text() == before
    await expect(page.get_by_text("답변은 서비스 개선에만 써요.")).to_be_visible()
    assert page.url == f"{chat.url}/chat"
    assert [seen.path for seen in chat.seen].count("/chat/api/open") == 1


async def test_an_act_queued_before_a_reload_is_still_sent(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("radiogroup")).to_be_visible()
    chat.desk.busy = True
    await page.get_by_role("radio", name="10점 만점에 4점").click()
    await expect(page.get_by_role("status")).to_contain_text("다시 보내는 중")

    await page.reload()
    chat.desk.busy = False

    await chosen_is(page, "✓ 4점")
    assert [done.act for done in chat.desk.acts] == [Tap(token=QUESTION_TOKEN, value="4")]


async def test_following_the_same_link_again_resumes(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("radiogroup")).to_be_visible()

    await page.goto("about:blank")
    await page.goto(f"{chat.url}/chat#t=link-ko")

    await expect(page.get_by_role("radiogroup")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "fragment", "said"),
    [
        ("ko-KR", "", "받으신 링크를 눌러 주세요"),
        ("en-US", "", "Please use the link you received"),
        ("ko-KR", "#t=used", "이 링크는 더 이상 쓸 수 없어요"),
        ("en-US", "#t=used", "This link no longer works"),
    ],
)
async def test_without_a_good_link_the_page_says_what_to_do(
    chat: Served, visit: Visit, locale: str, fragment: str, said: str
) -> None:
    page = await visit(f"{chat.url}/chat{fragment}", locale=locale)

    await expect(page.get_by_role("heading", name=said)).to_be_visible()
    await expect(page.locator("textarea")).to_be_hidden()


async def test_a_session_that_ended_says_so(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("radiogroup")).to_be_visible()

    chat.desk.sessions.clear()
    chat.desk.push(thanks("ko"))

    await expect(page.get_by_role("heading", name="대화가 끝났어요")).to_be_visible(timeout=SOON)
    await expect(page.get_by_role("radiogroup")).to_be_hidden()


async def test_an_empty_chat_waits_and_shows_the_question_when_it_comes(
    chat: Served, visit: Visit
) -> None:
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("heading", name="지금은 여쭤볼 것이 없어요")).to_be_visible()

    chat.desk.push(nps("ko"))

    await expect(page.get_by_role("log").get_by_role("radiogroup")).to_be_visible(timeout=SOON)
    await expect(page.get_by_role("heading", name="지금은 여쭤볼 것이 없어요")).to_be_hidden()


async def test_reading_writes_nothing_until_the_script_opens_the_link(
    chat: Served, visit: Visit
) -> None:
    page = await visit(f"{chat.url}/chat#t=link-ko", java_script_enabled=False)
    await expect(page.get_by_role("heading", name="초록마켓")).to_be_visible()

    assert chat.desk.writes == 0
    assert {seen.method for seen in chat.seen} == {"GET"}
    assert not [seen for seen in chat.seen if "link-ko" in seen.path]


async def test_the_menu_stops_and_switches_language(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await page.get_by_role("button", name="English").click()
    await page.locator("summary").click()

    await page.locator("#menu").get_by_role("button", name="그만 받기").click()

    await expect(page.locator(".own")).to_have_text(["English", "그만 받기"])
    await expect(page.get_by_role("status")).to_have_text("👍")
    assert [done.act for done in chat.desk.acts] == [
        Command(name="lang", argument="en"),
        Command(name="stop"),
    ]


async def test_a_word_said_twice_stays_as_long_after_the_second_time(
    chat: Served, visit: Visit
) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    said = page.get_by_role("status")
    await page.clock.install(time=0)
    await page.clock.pause_at(1_000)

    async def stop() -> None:
        await page.locator("summary").click()
        await page.locator("#menu").get_by_role("button", name="그만 받기").click()
        await expect(page.locator(".own:not(.waits)")).to_have_count(len(chat.desk.acts))
        await expect(said).to_have_text("👍")

    await stop()
    await page.clock.run_for(3_000)
    await stop()
    await page.clock.run_for(2_000)
    assert await said.inner_text() == "👍"
    await page.clock.run_for(2_000)
    await expect(said).to_be_empty()


async def test_text_of_a_message_is_never_markup(chat: Served, visit: Visit) -> None:
    trick = "<img src=x onerror=alert(1)>"
    label = Button(value="a", label=trick)
    chat.desk.push(Prompt(kind="reason", text=trick, language="ko", chips=(label,), token="k" * 22))
    page = await visit(f"{chat.url}/chat#t=link-ko")

    await expect(page.locator(".text")).to_have_text(trick)
    await expect(page.locator(".chip")).to_have_text(trick)
    assert await page.locator(".bubble img").count() == 0


@pytest.mark.parametrize("width", [320, 360, 480, 559, 560, 1024])
async def test_nothing_is_wider_than_the_window(chat: Served, visit: Visit, width: int) -> None:
    for points in (range(11), range(1, 8), range(1, 6)):
        chat.desk.push(question("en", points))
    page = await visit(f"{chat.url}/chat#t=link-en", width, 740)
    await expect(page.get_by_role("radiogroup")).to_have_count(3)

    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    overflow = await page.locator("main").evaluate("node => node.scrollWidth - node.clientWidth")
    assert overflow == 0
    assert await smallest_target(page) >= 44


async def test_a_visitor_of_the_demo_enters_as_a_customer(demo_chat: Served, visit: Visit) -> None:
    demo_chat.desk.push(thanks("en"))
    page = await visit(f"{demo_chat.url}/chat")
    await expect(page.get_by_role("heading", name="고객으로 들어가기")).to_be_visible()

    await page.get_by_role("button", name="Alex").click()

    await expect(page.get_by_text("Thank you!")).to_be_visible()

    demo_chat.desk.sessions.clear()
    demo_chat.desk.push(thanks("en"))

    await expect(page.get_by_role("heading", name="Enter as a customer")).to_be_visible(
        timeout=SOON
    )
