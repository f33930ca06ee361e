"""A page under a filter, its button, and the page again once the job has worked the filter out."""

from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from surveys.service.narrowing import MOST_AN_HOUR
from tests.e2e.deployment import Deployment, deployed, until
from tests.forms import read_form

PAGE = "/console/stages/purchase?lang=ko&channel=telegram"
FORM = "application/x-www-form-urlencoded"


async def shown(deployment: Deployment) -> str:
    async with deployment.http.get(deployment.url + PAGE) as answer:
        return await answer.text()


async def order(deployment: Deployment, fields: dict[str, str]) -> tuple[int, str]:
    own = {
        "Accept": "text/html",
        "Origin": deployment.url,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": FORM,
    }
    async with deployment.http.post(
        f"{deployment.url}/console/analyses",
        headers=own,
        data=urlencode(fields).encode(),
        allow_redirects=False,
    ) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()


async def test_the_button_has_a_filter_worked_out_and_leads_back(tmp_path: Path) -> None:
    quiet = {"AFTERTOUCH_ANALYSES_EVERY": "never"}
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", quiet) as deployment:
        html = await shown(deployment)
        assert "이 필터로 계산하기" in html
        fields = read_form(html, "narrow").fields
        assert fields["where"] == "channel=telegram"

        assert await order(deployment, fields) == (303, unescape(fields["back"]))

        async def done() -> bool:
            return "다시 계산하기" in await shown(deployment)

        await until(done)
        for where in ("", "channel=pigeon", "colour=red", "period=2026-10"):
            status, _ = await order(deployment, {**fields, "where": where})
            assert status == 400, where
        elsewhere = {**fields, "back": "https://evil.example/"}
        assert await order(deployment, elsewhere) == (303, "/console")
        answers = [
            await order(deployment, {**fields, "where": f"segment.region=city{city}"})
            for city in range(MOST_AN_HOUR)
        ]
        status, told = answers[-1]
        assert status == 429, told
        assert f"한 시간에 {MOST_AN_HOUR}번까지" in told
