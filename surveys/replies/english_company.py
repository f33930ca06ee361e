"""English: what stands around a number and tells a rating from a time, an amount or a wish."""

import re

from surveys.replies.tongue import Company

_UNIT = (
    r"(?:days?|hours?|hrs?|h|minutes?|mins?|seconds?|secs?|weeks?|wks?|months?|years?|yrs?|nights?|times?|items?|pieces?|pcs?|boxes|box|packs?|packages?|packets?|bags?|bottles?|cups?|"
    r"orders?|parcels?|people|persons?|guys?|agents?|reps?|kids?|friends?|customers?|dollars?|bucks?|cents?|usd|won|krw|eur|euros?|gbp|pounds?|quid|yen|jpy|percent|pct|am|pm|a\.m|p\.m|o'?clock|noon|calls?|e?mails?|messages?|"
    r"tickets?|kms?|miles?|m|cm|mm|inch(?:es)?|ft|feet|kgs?|g|lbs?|oz|gb|mb|tb|x|k|th|st|nd|rd|units?|errors?|attempts?|tries|sizes?|products?|shirts?|shoes?|pairs?|sets?|things?|steps?|pages?|reasons?|issues?|problems?|questions?|"
    r"different|more|new|missing|broken|other|wrong|separate|of|business|working|full|long|extra|additional|consecutive|minute|hour|day|week|year|month|star|volt|inch|way|ways|or so|years?-old|-?day|-?minute|-?hour|-?week|-?year|-?month)(?![a-z])"
)
_WORDS_LEFT = (
    "i'd|i'll|i|i've|would|will|give|gave|giving|it|you|u|them|this|that|your|say|rate|rating|score|scores|my|is|its|it's|it'd|a|an|the|solid|strong|easy|definitely|definite|probably|prob|probs|maybe|mayb|perhaps|about|around|"
    "approx|approximately|roughly|id|ill|i'm|im|am|going|gonna|wanna|want|to|with|go|like|think|guess|feel|overall|honestly|honest|well|hmm+|um+|uh+|oh|ah|yes|yeah|yea|yep|yup|sure|ok|okay|so|just|only|"
    "answer|number|vote|total|hi|hello|hey|put|me|down|as|pick|choose|select|make|deserves|deserve|service|delivery|experience|was|be|perfect|full|whopping|fat|nice|big|low|high|has|gotta|let's|lets|call|"
    "dear|team|guys|us|he|she|they|we|we'd|driver|support|food|app|product|quality|all|in|absolute|absolutely|totally|generous|mark|grade|final|please|pls|plz|for|everything|personally|imo|tbh|certainly|clearly|obviously|easily|then|and|also|"
    "easy-peasy|simple|no|doubt|here|here's|get|gets|getting|reply|respond|response|satisfaction|likelihood|nps|csat|ces|recommendation|recommend|sorry|i'm|satisfied|ease|effort|change|can|could|have|must|should|lucky|somewhere|too|really|pretty|very|ask"
)
_WORDS_RIGHT = (
    "please|pls|plz|thanks|thank|thx|ty|tks|tysm|cheers|for|me|from|mate|bro|man|dude|folks|of|our|family|us|i|guess|think|overall|tbh|imo|imho|lol|lmao|haha+|honestly|points?|pts|sure|definitely|sir|i'd|say|maybe|probably|though|it|is|then|ish|to|be|honest|you|"
    "so|much|a|lot|my|score|rating|answer|vote|the|this|all|round|around|would|give|rate|absolutely|easily|here|again|total|totally|period|bye|now|then|team|guys|love|side|end|no|doubt|kind|regards|yes|yep|that's|thats|it's|i'm|going|with|will|way|solid"
)

COMPANY = Company(
    foreign=(
        re.compile(
            rf"(?<![\w.])\d{{1,4}}(?:\.\d+)?\s?(?:~|-|to|or|and)\s?\d{{1,4}}(?:\.\d+)?\s?-?{_UNIT}"
        ),
        re.compile(
            rf"(?<![\w])(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)\s?-?{_UNIT}"
        ),
        re.compile(
            rf"(?<![\w])(?:one|two|three|four|five|six|seven|eight|nine|ten)\s(?:to|or)\s(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\s{_UNIT}"
        ),
        re.compile(
            r"(?<![\w/])(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\s?(?:/|out of|of|in)\s?(?:the\s|my\s|our\s|your\s)?(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\s(?:times?|people|items?|orders?|of|boxes|packages?|cases|products?|customers?|parcels?|things?|attempts?|calls?|days|weeks)(?![a-z])"
        ),
        re.compile(
            r"(?<!\w)24\s?/\s?7(?!\w)|(?<!\w)50\s?[/-]\s?50(?!\w)|(?<!\w)(?:on|by|since|dated|until|for)\s(?:the\s)?\d{1,2}\s?/\s?\d{1,2}(?!\w)"
        ),
        re.compile(
            r"(?<![\w'])(?:no|every|each|any|some|the|this|that|another|which|last|only)\sone(?![a-z])|(?<![\w'])one\sof|(?<![\w'])ten\stimes|(?<!\w)catch\s22"
        ),
    ),
    unit=re.compile(rf"\s?-?{_UNIT}|:\d"),
    label=re.compile(
        r"(?<![a-z])(?:at|top|part|channel|ext|extension|flight|call|box|article|order|order\s(?:no|number|id|nr)|number|no\.|nr|ticket|case|invoice|room|floor|size|version|ver|apt|apartment|unit|gate|line|step|page|level|age|aged|iphone|galaxy|pixel|windows|model|chapter|bus|route|terminal|platform|track|lane|section|row|seat|"
        r"between|since|until|till|before|after|by|past|took|waited|arrived|came|bought|ordered|received|in|on|every|#|ps|xbox|ios|android|area|zip|tel|phone|street|house|door|block|tracking|ref|reference|id|pin|code|july|june|may|march|april|august|september|october|november|december|january|february|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\.?[\s:#.]*$"
    ),
    cue=re.compile(
        r"(?<![a-z'])(?:(?:give|given|gave|giving|rate|rated|rating|score|scored|say|make|call|choose|pick|vote|put|deserves?|go\s(?:with|for)|going\s(?:with|for)|gets?|earns?)"
        r"(?:\s(?:it|you|them|this|that|him|her|us|guys|the|your|my|service|delivery|driver|experience|store|shop|app|team|product|agent|support|company|u|ya|y'all))*"
        r"(?:\s(?:a|an|as|at|down|about|around|maybe|like|only|is|was|would|be|of|solid|strong|perfect|full|easy|definite|just|probably|whopping|big|overall|measly))*"
        r"|a|an|solid|strong|overall|score|grade|mark|so|hence|therefore|answer\sis|it's|it\sis)\s?$"
    ),
    lead=re.compile(rf"(?:{_WORDS_LEFT})"),
    tail=re.compile(rf"(?:{_WORDS_RIGHT})"),
    ending=re.compile(r"(?:\s?-?ish|\.0)?(?![a-z\d가-힣])"),
    opens=re.compile(
        r"\s(?!(?:great|good|bad|nice|best|fast|slow|poor|excellent|happy)\s[a-z]{2,}[a-rt-z]s(?![a-z]))(?:because|sorry|ugh|becuase|becos|coz|but|as|since|cause|cuz|cos|bc|b/c|due|thanks|thank|thx|although|though|and|for|the|it|it's|its|my|your|you|i|i'm|i'd|i've|we|they|he|she|this|that|very|really|so|great|good|excellent|"
        r"love|loved|loving|perfect|amazing|awesome|fantastic|brilliant|outstanding|superb|wonderful|nice|happy|fast|quick|slow|bad|terrible|awful|horrible|poor|worst|best|super|pretty|too|not|never|always|would|will|could|should|everything|nothing|"
        r"overall|service|delivery|shipping|only|just|was|when|was|were|had|has|have|no|still|there|excellent|easy|hard|difficult|friendly|helpful|late|disappointing|disappointed|decent|ok|okay|fine|average|satisfied|dissatisfied|unsatisfied|agree|disagree|strongly|extremely|completely|totally|highly|absolutely|quite|all|some|well|thought|"
        r"[a-z']+\s(?:was|were|is|are|could|took|arrived|came|got|needs|should|did|didn't|never|isn't|wasn't))(?![a-z])"
    ),
    closes=re.compile(r"(?!)"),
    doubt_aside=re.compile(
        r"(?<![a-z])(?:not\ssure|unsure|don'?t\sknow|dunno|hard\sto\ssay|no\sidea|can't\sdecide)(?![a-z])[^\n]{0,16}$"
    ),
    doubt_before=re.compile(
        r"(?<![a-z])(?:not|never|isn't|ain't|wasn't|can't|cannot|cant|don't|dont|won't|wont|wouldn't|wouldnt|doesn't|doesnt|couldn't|couldnt|didn't|didnt|shouldn't|less|more|least|most|over|under|above|below|almost|nearly|near|close\sto|up\sto|than|instead\sof|rather|if|unless|"
        r"would\shave|would've|could\shave|could've|should\shave|should've|could\sbe|wish|was\sgoing\sto|wanted\sto|used\sto|last\stime|previously|previous|my\s(?:friend|wife|husband|mom|dad|boss|kids)|"
        r"what|why|how|does|do|is\sa|are|can\si|could\si|should\si|may\si|only\sgoes|minus|beyond|deduct(?:ed|ing)?|lost|took\soff|asked|told|expect(?:ed)?|hoping|hope|between|nobody|who)(?![a-z])[^,.]{0,30}$"
    ),
    doubt_after=re.compile(
        r"\s?(?:\+|plus(?![a-z])|or\s(?:more|less|higher|lower|above|below|under|over|better|so)|and\s(?:up|above|below|under)|at\s(?:most|least|best)|max(?![a-z])|tops|isn't|is\s(?:too|not|the|good|bad|great|high|low|best|worst)|would\s(?:be|have)(?!\s(?:my|the|what))|(?:[a-z]+\s){0,5}if(?![a-z])|"
        r"unless|minus|last\stime|before(?![a-z])|previously|(?:is|are|was)\snot|point\s(?:five|\d)|to\sa\s|(?:points?|pts)?\s?(?:off|deducted))"
    ),
)
