"""The views of the star schema, version 1: stable names for whoever reads the database (docs/star-schema.md).

Their columns are a promise. What must change gets a ``v2_`` beside it; a migration that touches their tables drops
them before and creates them after, by the same text.
"""

from collections.abc import Mapping

_BAND = """CASE d.instrument
    WHEN 'nps' THEN CASE WHEN a.score <= 6 THEN 'low' WHEN a.score <= 8 THEN 'mid' ELSE 'high' END
    WHEN 'csat' THEN CASE WHEN a.score <= 2 THEN 'low' WHEN a.score = 3 THEN 'mid' ELSE 'high' END
    WHEN 'ces2' THEN CASE WHEN a.score <= 3 THEN 'low' WHEN a.score = 4 THEN 'mid' ELSE 'high' END
  END"""

_QUESTION = """SELECT id AS question_id, "trigger" AS trigger_id, survey AS survey_id,
  touchpoint AS touchpoint_id, stage AS stage_id, instrument, scale, polarity, wording, channel, language
FROM dimension"""

_ANSWER = """SELECT a.id AS answer_id, a.subject_id, a.invitation_id, a.dimension_id AS question_id,
  d.stage AS stage_id, d.touchpoint AS touchpoint_id, d.instrument, d.channel, d.language,
  a.survey_version, a.day, {at} AS answered_at, a.version, a.score, {band} AS band, a.choice,
  CASE WHEN EXISTS (SELECT 1 FROM answer c WHERE c.invitation_id = a.invitation_id
    AND c.question = 'comment' AND c.text IS NOT NULL) THEN 1 ELSE 0 END AS has_comment,
  a.given, CASE WHEN a.given = 'imported' THEN 1 ELSE 0 END AS imported
FROM answer a JOIN dimension d ON d.id = a.dimension_id
WHERE a.question = 'score' AND a.score IS NOT NULL"""

_REASON = """SELECT s.id AS answer_id, r.choice AS reason
FROM answer s JOIN answer r ON r.invitation_id = s.invitation_id AND r.question = 'reason'
WHERE s.question = 'score' AND s.score IS NOT NULL AND r.choice IS NOT NULL"""

_INVITATION = """SELECT i.id AS invitation_id, i.subject_id, i."trigger" AS trigger_id, i.survey AS survey_id,
  i.survey_version, i.touchpoint AS touchpoint_id, i.stage AS stage_id, i.instrument, i.channel, i.language,
  i.state, {event_at} AS event_at, {sent_at} AS sent_at, i.fell_due_on AS sent_on,
  {steps}
FROM invitation i"""

_STEPS = ("invited", "delivered", "started", "answered", "completed")

_LABELS = {
    "sqlite": """SELECT json_extract(e.value, '$.id') AS {what}_id{more},
  e.key AS position, json_extract(e.value, '$.label.ko') AS label_ko,
  json_extract(e.value, '$.label.en') AS label_en
FROM note n JOIN program p ON p.version = n.value, json_each(p.content, '$.{list}') e
WHERE n.name = 'program'""",
    "postgresql": """SELECT e.value ->> 'id' AS {what}_id{more},
  (e.position - 1)::integer AS position, e.value -> 'label' ->> 'ko' AS label_ko,
  e.value -> 'label' ->> 'en' AS label_en
FROM note n JOIN program p ON p.version = n.value,
  jsonb_array_elements(p.content::jsonb -> '{list}') WITH ORDINALITY AS e(value, position)
WHERE n.name = 'program'""",
}
_STAGE_OF = {
    "sqlite": ", json_extract(e.value, '$.stage') AS stage_id",
    "postgresql": ", e.value ->> 'stage' AS stage_id",
}

_SEGMENT = {
    "sqlite": """SELECT a.id AS answer_id, e.key AS segment, e.value AS value
FROM answer a JOIN segment_set s ON s.id = a.segment_set_id, json_each(s.content) e
WHERE a.question = 'score' AND a.score IS NOT NULL""",
    "postgresql": """SELECT a.id AS answer_id, e.key AS segment, e.value AS value
FROM answer a JOIN segment_set s ON s.id = a.segment_set_id, jsonb_each_text(s.content::jsonb) e
WHERE a.question = 'score' AND a.score IS NOT NULL""",
}

_SPAN = """SELECT min(day) AS first, max(day) AS last FROM
  (SELECT day FROM answer UNION ALL SELECT fell_due_on FROM invitation WHERE fell_due_on IS NOT NULL) known"""
_DAY = {
    "sqlite": f"""WITH RECURSIVE span AS ({_SPAN}), days(day) AS (
  SELECT first FROM span WHERE first IS NOT NULL
  UNION ALL SELECT date(day, '+1 day') FROM days, span WHERE day < last)
SELECT day, CAST(strftime('%Y', day) AS INTEGER) AS year,
  (CAST(strftime('%m', day) AS INTEGER) + 2) / 3 AS quarter,
  CAST(strftime('%m', day) AS INTEGER) AS month,
  CAST(strftime('%Y', day, '-3 days', 'weekday 4') AS INTEGER) AS iso_year,
  (CAST(strftime('%j', day, '-3 days', 'weekday 4') AS INTEGER) - 1) / 7 + 1 AS iso_week,
  (CAST(strftime('%w', day) AS INTEGER) + 6) % 7 + 1 AS weekday
FROM days""",  # noqa: S608 constants
    "postgresql": f"""SELECT d::date AS day, extract(year FROM d)::integer AS year,
  extract(quarter FROM d)::integer AS quarter, extract(month FROM d)::integer AS month,
  extract(isoyear FROM d)::integer AS iso_year, extract(week FROM d)::integer AS iso_week,
  extract(isodow FROM d)::integer AS weekday
FROM ({_SPAN}) span, generate_series(span.first::timestamp, span.last::timestamp, interval '1 day') d""",  # noqa: S608 constants
}


def views(dialect: str) -> Mapping[str, str]:
    """Return the text of each view by its name, as this database spells it."""
    steps = ", ".join(
        f"CASE WHEN ',' || i.reached || ',' LIKE '%,{step},%' THEN 1 ELSE 0 END AS {step}"
        for step in _STEPS
    )
    places = _LABELS[dialect]
    return {
        "v1_question": _QUESTION,
        "v1_answer": _ANSWER.format(at=_instant(dialect, "a.answered_at"), band=_BAND),
        "v1_reason": _REASON,
        "v1_segment": _SEGMENT[dialect],
        "v1_invitation": _INVITATION.format(
            event_at=_instant(dialect, "i.event_at"),
            sent_at=_instant(dialect, "i.sent_at"),
            steps=steps,
        ),
        "v1_stage": places.format(what="stage", more="", list="stages"),
        "v1_touchpoint": places.format(
            what="touchpoint", more=_STAGE_OF[dialect], list="touchpoints"
        ),
        "v1_day": _DAY[dialect],
    }


def _instant(dialect: str, column: str) -> str:
    """Return an instant as readers expect one: SQLite keeps microseconds since 1970."""
    if dialect == "sqlite":
        return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column} / 1000000, 'unixepoch')"
    return column
