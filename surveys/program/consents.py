"""What customers agree to, and what a message must say that is advertising."""

from typing import Annotated

from pydantic import Field

from surveys.journey import Frozen, Message, SmallPrint


class ConsentText(Frozen):
    """What the customer agrees to. A changed text needs a new version: the ledger names it."""

    version: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    text: Message


class Advertising(Frozen):
    """What makes an ask lawful that is rewarded with the company's own goods (Korea, Network Act §50).

    Attributes:
        sender: who sends it, and how to reach them: a name with a telephone number or an address.
        opt_out: how to refuse any more of it, free of charge.
        consent: what she agreed to when she agreed to advertising, a consent of its own.
    """

    sender: SmallPrint
    opt_out: SmallPrint
    consent: ConsentText
