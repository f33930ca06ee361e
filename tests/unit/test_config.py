"""What the environment and the config file may say."""

from bot.config import strays


def test_a_mistyped_variable_is_told_from_a_setting() -> None:
    environ = {
        "AFTERTOUCH_PORT": "1",
        "AFTERTOUCH_TELEGRAM_TOKEN": "t",
        "AFTERTOUCH_HOOK_SHOP_SECRET": "s",
        "AFTERTOUCH_TELEGRM_TOKEN": "t",
        "PATH": "/bin",
    }

    assert strays(environ) == ("AFTERTOUCH_TELEGRM_TOKEN",)
