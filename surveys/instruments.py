"""The three instruments: scale, bands and wordings in Korean and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from surveys.errors import NotFound

Scale = Literal["0-10", "1-5", "1-7"]
Band = Literal["low", "mid", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How an instrument is asked in one language.

    Attributes:
        question: a template with ``{about}``; the Korean ones name a particle pair after a colon
            (``{about:을/를}``), to be filled by ``surveys.language.josa.fill``.
        labels: what each score means, in scale order; "" where the scale names only its ends.
        version: part of the series; a change of any text starts a new one.
    """

    language: str
    name: str
    question: str
    labels: tuple[str, ...]
    bands: Mapping[Band, str]
    version: str = "std1"

    @property
    def low(self) -> str:
        """What the lowest score means."""
        return self.labels[0]

    @property
    def high(self) -> str:
        """What the highest score means."""
        return self.labels[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A scale with its bands: low ends at ``low_until``, high begins at ``high_from``, both inclusive."""

    id: str
    short: str
    scale: Scale
    low: int
    high: int
    low_until: int
    high_from: int
    wordings: Mapping[str, Wording]
    polarity: Literal["up"] = "up"

    @property
    def scores(self) -> range:
        """Every score of the scale, ascending."""
        return range(self.low, self.high + 1)

    def valid(self, score: int) -> bool:
        """Say whether the score is on the scale."""
        return self.low <= score <= self.high

    def band(self, score: int) -> Band:
        """Return the band of a score on the scale."""
        if score <= self.low_until:
            return "low"
        return "high" if score >= self.high_from else "mid"

    def wording(self, language: str) -> Wording:
        """Return the wording in ``ko`` or ``en``; raises NotFound for any other language."""
        if language not in self.wordings:
            raise NotFound(f"{self.id} wording", language)
        return self.wordings[language]


def _wordings(*wordings: Wording) -> Mapping[str, Wording]:
    return MappingProxyType({wording.language: wording for wording in wordings})


def _bands(low: str, mid: str, high: str) -> Mapping[Band, str]:
    return MappingProxyType({"low": low, "mid": mid, "high": high})


# Question and anchors: Reichheld 2003; the Korean stem as the Korean survey vendors ask it.
NPS = Instrument(
    id="nps",
    short="NPS",
    scale="0-10",
    low=0,
    high=10,
    low_until=6,
    high_from=9,
    wordings=_wordings(
        Wording(
            language="ko",
            name="순추천지수 NPS",
            question="{about:을/를} 친구나 동료에게 추천할 의향이 얼마나 있습니까?",
            labels=("전혀 추천하지 않음", *[""] * 9, "적극 추천"),
            bands=_bands("비추천 고객", "중립 고객", "추천 고객"),
        ),
        Wording(
            language="en",
            name="Net Promoter Score (NPS)",
            question="How likely is it that you would recommend {about} to a friend or colleague?",
            labels=("Not at all likely", *[""] * 9, "Extremely likely"),
            bands=_bands("Detractors", "Passives", "Promoters"),
        ),
    ),
)

CSAT = Instrument(
    id="csat",
    short="CSAT",
    scale="1-5",
    low=1,
    high=5,
    low_until=2,
    high_from=4,
    wordings=_wordings(
        Wording(
            language="ko",
            name="고객만족도 CSAT",
            question="{about}에 대해 얼마나 만족하셨나요?",
            labels=("매우 불만족", "불만족", "보통", "만족", "매우 만족"),
            bands=_bands("불만족", "보통", "만족"),
        ),
        Wording(
            language="en",
            name="Customer satisfaction (CSAT)",
            question="How satisfied were you with {about}?",
            labels=(
                "Very dissatisfied",
                "Dissatisfied",
                "Neither satisfied nor dissatisfied",
                "Satisfied",
                "Very satisfied",
            ),
            bands=_bands("Dissatisfied", "Neutral", "Satisfied"),
        ),
    ),
)

# CES 2.0 (CEB 2013), 7 = easy. CES 1.0 ran 1-5 and the other way round: never the same series.
CES2 = Instrument(
    id="ces2",
    short="CES",
    scale="1-7",
    low=1,
    high=7,
    low_until=3,
    high_from=5,
    wordings=_wordings(
        Wording(
            language="ko",
            name="고객노력지수(CES, 높을수록 쉬움)",
            question=(
                "다음 문장에 얼마나 동의하십니까? "
                "‘{about:은/는} 제 문제를 쉽게 해결할 수 있게 해 주었다.’"
            ),
            labels=(
                "전혀 동의하지 않음",
                "동의하지 않음",
                "약간 동의하지 않음",
                "보통",
                "약간 동의함",
                "동의함",
                "매우 동의함",
            ),
            bands=_bands("어려움", "보통", "쉬움"),
        ),
        Wording(
            language="en",
            name="Customer Effort Score (CES, higher is easier)",
            question=(
                "To what extent do you agree or disagree: "
                "{about} made it easy for me to handle my issue."
            ),
            labels=(
                "Strongly disagree",
                "Disagree",
                "Somewhat disagree",
                "Neither agree nor disagree",
                "Somewhat agree",
                "Agree",
                "Strongly agree",
            ),
            bands=_bands("Hard", "Neutral", "Easy"),
        ),
    ),
)

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType({i.id: i for i in (NPS, CSAT, CES2)})


def instrument(instrument_id: str) -> Instrument:
    """Return the instrument; raises NotFound for an unknown id."""
    if instrument_id not in INSTRUMENTS:
        raise NotFound("instrument", instrument_id)
    return INSTRUMENTS[instrument_id]
