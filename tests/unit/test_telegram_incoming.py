"""Updates become acts; what is nothing to us becomes nothing, and no JSON raises."""

from datetime import UTC, datetime
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.incoming import callback_id, read_update, update_id
from surveys.model import (
    Act,
    Channel,
    Command,
    Incoming,
    Json,
    Reached,
    Started,
    Tap,
    Typed,
    Unsupported,
)
from tests.fakes.telegram_kit import NOW, TOKEN

SENDER = {"id": 31, "is_bot": False, "first_name": "하늘", "language_code": "ko"}
CHAT = {"id": 31, "type": "private"}
SENT = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)


def message(**content: Json) -> Json:
    stamp = {"message_id": 9, "date": int(SENT.timestamp()), "from": SENDER, "chat": CHAT}
    return {"update_id": 77, "message": {**stamp, **content}}


def press(data: Json, **changes: Json) -> Json:
    query = {
        "id": "q1",
        "from": SENDER,
        "chat_instance": "5",
        "message": {"message_id": 9, "date": 0, "chat": CHAT},
        "data": data,
    }
    return {"update_id": 78, "callback_query": {**query, **changes}}


def read(update: Json) -> Incoming | None:
    return read_update(update, bot_id="7001", now=NOW)


def act(update: Json) -> Act | None:
    incoming = read(update)
    return incoming.act if incoming else None


def test_a_typed_message_is_read_whole() -> None:
    assert read(message(text="9점이요")) == Incoming(
        source="telegram:7001",
        key="77",
        channel=Channel.TELEGRAM,
        account="7001",
        user="31",
        chat="31",
        at=SENT,
        order=77.0,
        act=Typed(text="9점이요", message="9"),
        locale="ko",
    )


def test_a_press_has_no_time_of_its_own() -> None:
    assert read(press(f"1:{TOKEN}:10")) == Incoming(
        source="telegram:7001",
        key="78",
        channel=Channel.TELEGRAM,
        account="7001",
        user="31",
        chat="31",
        at=NOW,
        order=78.0,
        act=Tap(token=TOKEN, value="10", message={"chat_id": 31, "message_id": 9}),
        locale="ko",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", Started()),
        ("/start abc_-123", Started(token="abc_-123")),
        ("/start@green_market_bot abc", Started(token="abc")),
        ("/START abc", Started(token="abc")),
        ("/stop", Command(name="stop")),
        ("/lang en", Command(name="lang", argument="en")),
        ("/privacy", Command(name="privacy")),
        ("/help", Command(name="help")),
        ("/nonsense", Command(name="help")),
        ("그만", Command(name="stop")),
        (" 중지 ", Command(name="stop")),
        ("수신거부", Command(name="stop")),
        ("STOP", Command(name="stop")),
        ("/그만!!", Command(name="stop")),
        (normalize("NFD", "수신거부"), Command(name="stop")),
        ("도움말", Command(name="help")),
        ("/resume", Command(name="resume")),
        ("그만 좀 늦었으면", Typed(text="그만 좀 늦었으면", message="9")),
        ("don't stop", Typed(text="don't stop", message="9")),
        ("8/10", Typed(text="8/10", message="9")),
        ("/ 10", Typed(text="/ 10", message="9")),
        ("a\x00b\ud800", Typed(text="ab\ufffd", message="9")),
    ],
)
def test_texts_are_commands_only_as_a_whole(text: str, expected: Act) -> None:
    assert act(message(text=text)) == expected


@pytest.mark.parametrize(
    "kind",
    [
        *("voice", "audio", "video_note", "video", "photo", "live_photo", "sticker", "animation"),
        *("document", "contact", "location", "venue", "poll", "dice", "game", "story", "gift"),
    ],
)
def test_tg22_content_that_is_no_text_is_named(kind: str) -> None:
    assert act(message(**{kind: {}})) == Unsupported(what=kind)


def edit(**content: Json) -> Json:
    changed = message(**{"edit_date": int(SENT.timestamp()) + 60, **content})["message"]
    return {"update_id": 80, "edited_message": changed}


def test_tg22_an_edited_text_names_its_message_and_the_time_of_the_edit() -> None:
    incoming = read(edit(text="그만"))

    assert incoming
    assert incoming.act == Typed(text="그만", message="9", edited=True)
    assert (incoming.at - SENT).total_seconds() == 60


@pytest.mark.parametrize(
    "content",
    [{"location": {}}, {"photo": []}, {"text": ""}, {"text": "9", "forward_origin": {}}],
)
def test_tg22_an_edit_of_anything_but_her_own_text_is_nothing(content: Json) -> None:
    assert read(edit(**content)) is None


def test_tg22_a_forwarded_text_is_not_the_customers_own() -> None:
    forwarded = message(text="10", forward_origin={"type": "hidden_user"})

    assert act(forwarded) == Unsupported(what="forwarded")


@pytest.mark.parametrize(
    "data",
    ["s1:old:9", f"1:{TOKEN}", f"1:{TOKEN}:", f"1:{TOKEN}x:9", f"2:{TOKEN}:9", "", None, 9],
)
def test_tg18_foreign_data_is_a_press_without_a_token(data: Json) -> None:
    assert act(press(data)) == Tap(token="", value="")


@pytest.mark.parametrize("gone", [None, {}])
def test_a_press_on_an_inaccessible_message_names_its_sender(gone: Json) -> None:
    incoming = read(press(f"1:{TOKEN}:3", message=gone))

    assert incoming
    assert (incoming.chat, incoming.act) == ("31", Tap(token=TOKEN, value="3"))


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_blocking_and_unblocking_are_told(status: str, reachable: bool) -> None:
    change = {
        "chat": CHAT,
        "from": SENDER,
        "date": int(SENT.timestamp()),
        "new_chat_member": {"status": status},
    }

    assert act({"update_id": 79, "my_chat_member": change}) == Reached(reachable=reachable)


def test_tg22_the_words_under_a_picture_count_and_the_picture_is_told_of() -> None:
    assert act(message(photo=[{}], caption="늦었어요")) == Typed(
        text="늦었어요", message="9", attached=True
    )
    assert act(message(video={}, caption="그만")) == Command(name="stop")
    assert act(edit(photo=[{}], caption="8점")) == Typed(text="8점", message="9", edited=True)


def test_tg22_an_album_is_one_thing_to_answer_and_its_caption_another() -> None:
    pictures = [message(photo=[{}], media_group_id="A1") | {"update_id": n} for n in (77, 78, 79)]
    told = message(photo=[{}], media_group_id="A1", caption="늦었어요")

    read_as = [each for each in map(read, pictures) if each]

    assert {each.key for each in read_as} == {"album:A1"}
    assert {each.act for each in read_as} == {Unsupported(what="photo")}
    assert act(told) == Typed(text="늦었어요", message="9")
    assert (read(told) or read_as[0]).key == "77"


@pytest.mark.parametrize("album", ["", None, 7, {}])
def test_what_names_no_album_is_told_by_its_update(album: Json) -> None:
    incoming = read(message(photo=[{}], media_group_id=album))

    assert incoming
    assert incoming.key == "77"


def test_a_reply_names_the_message_it_answers() -> None:
    asked = {"message_id": 4, "date": 0, "chat": CHAT, "from": {"id": 7001, "is_bot": True}}

    assert act(message(text="9", reply_to_message=asked)) == Typed(
        text="9", message="9", reply_to={"chat_id": 31, "message_id": 4}
    )


@pytest.mark.parametrize("quoted", [None, {}, "x", {"message_id": 4}, {"chat": CHAT}])
def test_a_reply_to_what_cannot_be_named_is_a_message_like_any(quoted: Json) -> None:
    assert act(message(text="9", reply_to_message=quoted)) == Typed(text="9", message="9")


GROUP = {"id": -100, "type": "supergroup"}


@pytest.mark.parametrize(
    "message_there",
    [
        {"message_id": 1, "date": 1, "chat": GROUP},
        {"message_id": 1, "date": 0, "chat": {"id": 8, "type": "channel"}},
    ],
)
def test_a_press_in_a_group_is_on_nothing_of_ours_and_is_answered(message_there: Json) -> None:
    incoming = read(press(f"1:{TOKEN}:9", message=message_there))

    assert incoming
    assert (incoming.chat, incoming.act) == ("31", Tap(token="", value=""))


def test_a_press_on_what_was_sent_through_us_elsewhere_names_its_sender_only() -> None:
    update = press(f"1:{TOKEN}:3", inline_message_id="AAA")
    del update["callback_query"]["message"]

    assert act(update) == Tap(token=TOKEN, value="3")


def test_the_largest_ids_are_read() -> None:
    person = {**SENDER, "id": 2**52 - 1}
    incoming = read(message(text="9", chat={"id": 2**52 - 1}, **{"from": person}))

    assert incoming
    assert (incoming.user, incoming.chat) == (str(2**52 - 1), str(2**52 - 1))


@pytest.mark.parametrize(
    "update",
    [
        message(text="9", chat=GROUP),
        message(voice={}, chat=GROUP),
        message(text="/stop@green_market_bot", chat={"id": -5, "type": "group"}),
        message(text="9", chat={"id": -100}),
        message(text="9", chat={"id": 5, "type": "channel"}),
        message(text="9", **{"from": {**SENDER, "is_bot": True}}),
        {"update_id": 1, "my_chat_member": {"chat": GROUP, "from": SENDER, "date": 1}},
        {"update_id": 1, "edited_message": message(text="8", chat=GROUP)["message"]},
        {"update_id": 1, "channel_post": message(text="8")["message"]},
        {"update_id": 1, "something_of_next_year": {"deep": [1]}},
        {"update_id": 1},
        message(new_chat_title="서비스 메시지"),
        message(text=9),
        {"message": message(text="no number")["message"]},
        [],
        None,
        "x",
    ],
)
def test_tg25_what_is_nothing_to_us_is_passed_over(update: Json) -> None:
    assert read(update) is None


def test_tg25_new_fields_do_not_disturb() -> None:
    assert act(message(text="9", aura={"colour": 1})) == Typed(text="9", message="9")


@pytest.mark.parametrize("date", [None, "x", 10**15, -(10**15), True, 10**400])
def test_a_strange_date_is_replaced_by_now(date: Json) -> None:
    incoming = read(message(text="9", date=date))

    assert incoming
    assert incoming.at == NOW


@pytest.mark.parametrize("code", [None, 5, "", "한국어", "x" * 40])
def test_a_strange_language_is_no_language(code: Json) -> None:
    incoming = read(message(text="9", **{"from": {**SENDER, "language_code": code}}))

    assert incoming
    assert incoming.locale is None


def test_ids_beyond_their_range_are_no_ids() -> None:
    assert act(message(text="9", message_id=2**60)) == Typed(text="9")
    assert update_id({"update_id": 2**60}) is None
    assert update_id({"update_id": True}) is None
    assert callback_id({"callback_query": {"id": 5}}) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(
    (
        *(
            "update_id",
            "message",
            "edited_message",
            "callback_query",
            "my_chat_member",
            "from",
            "chat",
            "id",
            "type",
        ),
        *("text", "date", "data", "new_chat_member", "status", "private", "is_bot", "kicked"),
    )
)
shaped = st.recursive(
    json_values | names,
    lambda inner: st.dictionaries(names, inner, max_size=6),
    max_leaves=20,
)


@given(shaped)
def test_no_json_raises(update: Json) -> None:
    read(update)
    callback_id(update)
