"""What the login of staff needs: passwords, cookies, forms that are ours, an identity provider."""

from hashlib import sha256
from urllib.parse import urlsplit

from bot.auth.cookies import Cookies
from bot.auth.guard import Guard
from bot.auth.guesses import Guesses
from bot.auth.oidc import Provider
from bot.auth.passwords import Passwords
from bot.auth.seals import Seal
from bot.config import Settings
from bot.console.staffing.frame import Staffing
from surveys.ports import Storage
from surveys.service.context import Context


def staffing_of(
    settings: Settings, storage: Storage, ctx: Context, provider: Provider | None
) -> Staffing:
    """Return what the login needs; its signatures are alike in every process on one database, and after a restart."""
    public = urlsplit(settings.base)
    return Staffing(
        storage=storage,
        ctx=ctx,
        passwords=Passwords(),
        guesses=Guesses(ctx.now),
        cookies=Cookies(is_secure=public.scheme == "https"),
        guard=Guard(
            secret=sha256(b"console forms:" + ctx.salt.encode()).digest(),
            clock=ctx.clock,
            origins=[f"{public.scheme}://{public.netloc}"],
        ),
        seal=Seal(sha256(b"console logins:" + ctx.salt.encode()).digest()),
        base=settings.base,
        provider=provider,
    )
