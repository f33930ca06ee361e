"""English words of degree: satisfied, agree, neutral, likely and what people say for them."""

import re

from surveys.replies.tongue import Family, Level, Phrases, words

_S, _A, _N, _L, _O = (
    Family.SATISFACTION,
    Family.AGREEMENT,
    Family.NEUTRAL,
    Family.LIKELIHOOD,
    Family.OPINION,
)
_STRONG = words(
    "very|extremely|completely|totally|highly|super|absolutely|fully|entirely|utterly|strongly|wholly|100%|really|so|truly|incredibly|exceptionally|definitely|wholeheartedly|thoroughly|most|v|veryy|"
    "verry|vry|completly|totaly|strongley|stongly|strongy|extremly|absolutly|really really|very very|so so|perfectly|greatly|deeply|massively|hugely|more than",
    "|",
)
_PLAIN = words("generally|mostly|largely|overall|basically|on the whole", "|")
_MILD = words(
    "somewhat|slightly|a little|a bit|a little bit|kind of|kinda|sort of|sorta|partly|partially|mildly|fairly|somwhat|sligthly|tend to",
    "|",
)
_DOUBT = words(
    "more or less|quite|pretty|reasonably|rather|probably|maybe|i guess|almost|nearly|moderately|mostly likely|relatively",
    "|",
)
_NEVER = words(
    "not at all|not in the least|not one bit|not even remotely|never|in no way|at all", "|"
)
_BARELY = words(
    "hardly|barely|scarcely|not really|not particularly|not especially|not exactly|not very|not too|not so|not that|not quite|not fully|not completely|not entirely|not totally|not overly|not all that",
    "|",
)

_STEMS = {
    "satisfied": Level(_S, 2), "satisfactory": Level(_S, 2, clear=False), "dissatisfied": Level(_S, -2), "unsatisfied": Level(_S, -2),
    "disatisfied": Level(_S, -2), "dissatisified": Level(_S, -2), "unsatisfactory": Level(_S, -2, clear=False), "satisfying": Level(_S, 2, clear=False),
    "agree": Level(_A, 2), "agreed": Level(_A, 2), "disagree": Level(_A, -2), "disagreed": Level(_A, -2),
    "neutral": Level(_N, 0), "so-so": Level(_N, 0), "so so": Level(_N, 0), "soso": Level(_N, 0), "average": Level(_N, 0), "neither": Level(_N, 0),
    "neither satisfied nor dissatisfied": Level(_N, 0), "neither agree nor disagree": Level(_N, 0), "neither agree or disagree": Level(_N, 0),
    "neither satisfied or dissatisfied": Level(_N, 0), "in the middle": Level(_N, 0), "middle": Level(_N, 0), "somewhere in the middle": Level(_N, 0), "indifferent": Level(_N, 0, clear=False),
    "likely": Level(_L, 2), "unlikely": Level(_L, -2), "recommend": Level(_L, 2), "recommended": Level(_L, 2), "recommend it": Level(_L, 2),
    "recommend you": Level(_L, 2), "recommend this": Level(_L, 2), "recommend them": Level(_L, 2),
    "thumbs up": Level(_O, 2), "thumbs down": Level(_O, -2), "happy": Level(_O, 2), "unhappy": Level(_O, -2), "pleased": Level(_O, 2), "good": Level(_O, 2), "great": Level(_O, 3), "excellent": Level(_O, 3),
    "perfect": Level(_O, 3), "amazing": Level(_O, 3), "awesome": Level(_O, 3), "fantastic": Level(_O, 3), "outstanding": Level(_O, 3), "wonderful": Level(_O, 3),
    "nice": Level(_O, 2), "fine": Level(_O, 0), "decent": Level(_O, 1), "okay": Level(_O, 0), "ok": Level(_O, 0), "alright": Level(_O, 0), "meh": Level(_O, 0),
    "mediocre": Level(_O, 0), "bad": Level(_O, -2), "poor": Level(_O, -2), "terrible": Level(_O, -3), "awful": Level(_O, -3), "horrible": Level(_O, -3), "worst": Level(_O, -3),
    "the worst": Level(_O, -3), "the best": Level(_O, 3), "best": Level(_O, 3), "disappointed": Level(_O, -2), "disappointing": Level(_O, -2), "easy": Level(_O, 2),
    "difficult": Level(_O, -2), "hard": Level(_O, -2), "simple": Level(_O, 2), "rubbish": Level(_O, -3), "trash": Level(_O, -3), "garbage": Level(_O, -3), "sucks": Level(_O, -3),
    "hate it": Level(_O, -3), "love it": Level(_O, 3), "loved it": Level(_O, 3), "hated it": Level(_O, -3), "brilliant": Level(_O, 3), "superb": Level(_O, 3),
}  # fmt: skip

PHRASES = Phrases(
    joined=False,
    leads=frozenset(
        words(
            "i|i'm|im|i am|we|we're|we are|was|am|are|is|were|be|been|have|have been|has been|it|it was|it's|its|it is|the|the service|service|the delivery|delivery|the experience|experience|overall|feel|felt|"
            "feeling|would|say|i'd|id|i would|i'd say|just|yes|yeah|yep|well|honestly|my answer is|answer is|a|an|my|this|that|that was|this was|customer service|everything|everything was|will|i'll|ill|would be|to|"
            "i do|do|me|remain|still|left|quite frankly|frankly|personally|hmm|um|oh|i think|think|it would be|i have to say|i must say|must|can|could|support|the support|the process|process|i was|we were|count me|consider me|i strongly believe and",
            "|",
        )
    ),
    degrees={
        **dict.fromkeys(_STRONG, 3),
        **dict.fromkeys(_PLAIN, 2),
        **dict.fromkeys(_MILD, 1),
        **dict.fromkeys(_DOUBT, 0),
        **dict.fromkeys(_NEVER, -4),
        **dict.fromkeys(_BARELY, -1),
    },
    stems=_STEMS,
    refusals=frozenset(
        words(
            "not|don't|dont|do not|can't|cant|cannot|wouldn't|wouldnt|would not|won't|wont|will not|am not|i'm not|isn't|wasn't|aren't|didn't|did not|no|never|couldn't",
            "|",
        )
    ),
    turned=re.compile(
        r"(?P<never>\sat\sall)?(?P<strong>\s(?:strongly|completely|totally|fully|100%|entirely|absolutely))?(?:\s(?:very much|a lot|overall|customer|enough|here))?"
    ),
    goes_on=re.compile(
        r".*\s?(?:with|overall|thanks|thank|because|but|and|as|since|about|though|lol|the|to|it|by|for|due|however|this|your|you|so|or|cause|cuz|cos|service|delivery|experience|product|anyone|anybody|friends)$"
    ),
    taken_back=re.compile(r"\s*(?:or|to|nor|/)\s"),
    apart=re.compile(r"(?!)"),
    unmeant=re.compile(r"(?<![a-z])(?:would(?!\ssay)|i'?d(?!\ssay)|if|wish|hope)(?![a-z])"),
    mistyped=frozenset(
        words(
            "satisfied dissatisfied unsatisfied neutral agree disagree average likely unlikely recommend"
        )
    ),
    real=frozenset(
        words(
            "satisfies satisfy agrees agreed disagrees disagreed lively likeable averages averaged natural recommends agreee"
        )
    ),
    courtesies=re.compile(
        r"(?:thanks|thank\s(?:you|u)|thx|ty|tysm|cheers|please|pls|hi|hello|hey|ok|okay|yes|yeah|bye|lol|haha+|sorry|regards|kind\sregards|thanks\s(?:a\slot|so\smuch|again|guys|for\sasking)|thank\syou\s(?:so|very)\smuch|no\sproblem|have\sa\s(?:nice|good|great)\sday|good\sluck|hmm+|um+|well|oh|the\send)"
    ),
)
