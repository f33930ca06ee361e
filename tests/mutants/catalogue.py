"""The protections, each with the smallest change that takes it away and the tests that must notice."""

from dataclasses import dataclass

LOOKUPS = "surveys/service/lookups.py"
OUTCOMES = "surveys/service/outcomes.py"
SENDING = "surveys/service/sending.py"
FIRST = "storage/migrations/versions/0001_first.py"
MACHINE = "tests/property/test_delivery_machine.py"
TAKEN_KEY = "tests/contract/test_adding_and_saving.py::test_a_taken_key_is_refused_and_the_transaction_stays_usable"
PROMISES = (
    "tests/simulation/test_simulation.py::test_no_promise_is_broken_whatever_the_platforms_do"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one file. ``before`` stands there exactly once."""

    name: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        name="no fence: a late worker overwrites what another has settled",
        file=OUTCOMES,
        before="    late = delivery is None or delivery.fence != fence\n    if late or delivery is None or delivery.state is not DeliveryState.SENDING:\n",
        after="    if delivery is None:\n",
        tests=(
            "tests/unit/test_sending.py::test_an_outcome_that_comes_too_late_changes_nothing",
            MACHINE,
        ),
    ),
    Mutant(
        name="fence not compared: a late worker settles another one's claim",
        file=OUTCOMES,
        before="    late = delivery is None or delivery.fence != fence\n",
        after="    late = delivery is None\n",
        tests=("tests/unit/test_sending.py::test_an_outcome_that_comes_too_late_changes_nothing",),
    ),
    Mutant(
        name="expired lease back to pending",
        file=OUTCOMES,
        before='        outcome = Outcome(kind=OutcomeKind.UNKNOWN, reason="worker_lost")\n',
        after='        outcome = Outcome(kind=OutcomeKind.NOT_SENT, reason="worker_lost")\n',
        tests=(
            "tests/unit/test_sending.py::test_a_worker_that_never_came_back_leaves_the_question_unknown",
            MACHINE,
        ),
    ),
    Mutant(
        name="no quarantine: the history is read while the request may still be under way",
        file=OUTCOMES,
        before="    over_at = max(now - DEADLINE, delivery.started_at or now) + QUARANTINE\n",
        after="    over_at = now\n",
        tests=(
            "tests/unit/test_sending.py::test_the_next_message_of_a_dialogue_is_sent_once_more_after_its_quarantine",
            PROMISES,
        ),
    ),
    Mutant(
        name="absent is sent again without end",
        file=LOOKUPS,
        before="    if delivery.resends >= MOST_RESENDS:\n",
        after="    if delivery.resends < 0:\n",
        tests=("tests/unit/test_sending.py::test_absent_twice_is_left_to_the_operator",),
    ),
    Mutant(
        name="fence not compared on look-up",
        file=LOOKUPS,
        before="    if delivery is None or delivery.fence != fence or delivery.state is not DeliveryState.UNKNOWN:\n",
        after="    if delivery is None or delivery.state is not DeliveryState.UNKNOWN:\n",
        tests=(
            "tests/unit/test_sending.py::test_a_look_of_before_the_ask_was_sent_again_changes_nothing",
        ),
    ),
    Mutant(
        name="an unknown ask is sent again where nobody can tell",
        file=LOOKUPS,
        before="    if delivery.delivery_class is DeliveryClass.PROACTIVE:\n        return park(",
        after="    if delivery.resends > 0:\n        return park(",
        tests=(
            "tests/unit/test_sending.py::test_an_ask_that_may_have_arrived_is_parked_and_keeps_its_place",
            PROMISES,
        ),
    ),
    Mutant(
        name="a 429 counts as an attempt",
        file=OUTCOMES,
        before="        free = replace(delivery, attempts=delivery.attempts - 1)\n",
        after="        free = delivery\n",
        tests=("tests/unit/test_sending.py::test_a_429_pauses_its_whole_scope_and_costs_no_try",),
    ),
    Mutant(
        name="a 429 pauses nothing but its own message",
        file=OUTCOMES,
        before="        tx.deliveries.pause(scope, now + wait)\n",
        after="",
        tests=("tests/unit/test_sending.py::test_a_429_pauses_its_whole_scope_and_costs_no_try",),
    ),
    Mutant(
        name="consent checked only at enqueue",
        file=SENDING,
        before="    if ruling.kind is not RulingKind.CLEAR:\n        drop(tx, ctx, delivery, DeliveryState.SUPPRESSED, ruling.rule, ruling)\n        return False\n",
        after="",
        tests=(
            "tests/unit/test_sending.py::test_nobody_is_asked_who_opted_out_after_the_release",
            MACHINE,
        ),
    ),
    Mutant(
        name="consent to advertising checked only at enqueue",
        file="surveys/decisions/__init__.py",
        before="(reversal, branch, reachable, consent, marketing, gone)",
        after="(reversal, branch, reachable, consent, gone)",
        tests=(
            "tests/unit/test_advertising.py::test_who_withdrew_that_consent_is_asked_no_more_and_what_has_begun_ends",
        ),
    ),
    Mutant(
        name="advertising goes out at night",
        file="surveys/decisions/instants.py",
        before="advertising=facts.survey.advertises",
        after="advertising=False",
        tests=("tests/unit/test_advertising.py::test_the_night_is_where_the_customer_is",),
    ),
    Mutant(
        name="a stop leaves the consent to advertising",
        file="surveys/service/ledger.py",
        before="    if advertised.entry is not None and standing:\n",
        after="    if advertised.entry is None and standing:\n",
        tests=(
            "tests/unit/test_ledger.py::test_a_stop_takes_back_the_consent_to_advertising_and_its_undoing_does_not_give_it_again",
        ),
    ),
    Mutant(
        name="a budget that is met goes on asking",
        file="surveys/decisions/shares.py",
        before="    if allotted.met_at is not None and facts.now >= allotted.met_at:\n",
        after="    if allotted.met_at is not None and facts.now < allotted.met_at:\n",
        tests=(
            "tests/unit/test_budgeting.py::test_a_stage_that_is_precise_enough_asks_nobody_more_until_the_month_is_over",
        ),
    ),
    Mutant(
        name="a burst is looked for only before",
        file="surveys/service/resolutions.py",
        before="    since, until = event.time - bulk.within, event.time + bulk.within\n",
        after="    since, until = event.time - bulk.within, event.time\n",
        tests=(
            "tests/unit/test_worth_asking.py::test_a_burst_is_seen_while_its_first_asks_still_wait",
        ),
    ),
    Mutant(
        name="quiet hours checked only at enqueue",
        file=SENDING,
        before="    if ruling.kind is RulingKind.HELD and ruling.until is not None:\n",
        after="    if ruling.kind is RulingKind.HELD:\n        return True\n    if ruling.kind is RulingKind.HELD and ruling.until is not None:\n",
        tests=(
            "tests/unit/test_sending.py::test_quiet_hours_that_begin_after_the_release_hold_it_till_the_morning",
        ),
    ),
    Mutant(
        name="contact clock not taken: the claim of another ask of hers waits, and may lose against it",
        file=SENDING,
        before="    if proactive and not tx.clocks.take(delivery.person_id):\n",
        after="    if proactive and delivery.attempts < 0:\n",
        tests=(
            "tests/faults/test_contact_clock_steps.py::test_while_one_ask_of_hers_is_claimed_another_is_passed_over_and_not_waited_for",
        ),
    ),
    Mutant(
        name="contact clock not locked",
        file="storage/sql/asking.py",
        before="            self._session.rows(_HOLD_CLOCK, person_id=person_id)\n",
        after="",
        tests=(
            "tests/faults/test_contact_clock_steps.py::test_who_locks_her_clock_waits_for_who_has_it_and_sees_what_was_reserved",
        ),
    ),
    Mutant(
        name="slot not taken in the claim's commit",
        file=SENDING,
        before="    if not reminding:\n        _asked(tx, ctx, invitation, ruling)\n    return True\n",
        after="    return True\n",
        tests=(
            "tests/unit/test_sending.py::test_a_question_left_lying_gives_way_to_one_that_began_after_it",
            "tests/unit/test_sending.py::test_quiet_hours_that_begin_after_the_release_hold_it_till_the_morning",
        ),
    ),
    Mutant(
        name="slot not reserved in the commit that releases an ask",
        file="surveys/service/turns.py",
        before="    take_slot(tx, begun, now)\n",
        after="",
        tests=("tests/unit/test_asking.py::test_no_more_begin_at_once_than_the_cap_has_room_for",),
    ),
    Mutant(
        name="expiry not checked at the claim",
        file=SENDING,
        before="    if delivery.expires_at is not None and ctx.now() >= delivery.expires_at:\n",
        after="    if delivery.expires_at is not None and ctx.now() < delivery.created_at:\n",
        tests=("tests/unit/test_sending.py::test_a_question_past_its_time_is_expired_not_sent",),
    ),
    Mutant(
        name="intent not committed: claimed and still pending",
        file=SENDING,
        before="        state=DeliveryState.SENDING,\n",
        after="        state=DeliveryState.PENDING,\n",
        tests=(
            "tests/unit/test_sending.py::test_a_claim_commits_the_intent_and_names_nothing_to_edit",
        ),
    ),
    Mutant(
        name="plain BEGIN at SQLite's writer",
        file="storage/opening.py",
        before='    begin = _begin(place, "BEGIN IMMEDIATE")\n',
        after='    begin = _begin(place, "BEGIN")\n',
        tests=(
            "tests/faults/test_database_rows.py::test_d02_four_sqlite_connections_wait_for_each_other",
        ),
    ),
    Mutant(
        name="no unique key on the inbox",
        file=FIRST,
        before='        sa.UniqueConstraint("source", "key", name="uq_inbox_source_key"),\n',
        after="",
        tests=(f"{TAKEN_KEY}[postgres-inbox-first1-second1]",),
    ),
    Mutant(
        name="no unique key on deliveries",
        file=FIRST,
        before='        sa.UniqueConstraint("key", name="uq_delivery_key"),\n',
        after="",
        tests=(f"{TAKEN_KEY}[postgres-deliveries-first14-second14]",),
    ),
    Mutant(
        name="no unique key on answers",
        file=FIRST,
        before='        sa.UniqueConstraint("invitation_id", "question", name="uq_answer_invitation_id_question"),\n',
        after="",
        tests=(f"{TAKEN_KEY}[postgres-answers-first16-second16]",),
    ),
    Mutant(
        name="ack before commit: Telegram's offset is kept before the update",
        file="bot/telegram/polling.py",
        before="            answer = await self._committed(update)\n",
        after="            self._offset = (update_id(update) or 0) + 1\n            await self._save()\n            answer = await self._committed(update)\n",
        tests=(
            "tests/integration/test_telegram_polling.py::test_the_offset_moves_only_past_what_is_stored",
            "tests/integration/test_telegram_polling.py::test_a_restart_goes_on_where_it_stopped",
        ),
    ),
    Mutant(
        name="ack before commit: Slack hears yes before the act is stored",
        file="bot/slack/app.py",
        before="        try:\n            await self._handle(body, ours, context[_AFTER])\n        except StorageBusy:\n            return BoltResponse(status=503)\n        await ack()\n",
        after="        await ack()\n        try:\n            await self._handle(body, ours, context[_AFTER])\n        except StorageBusy:\n            return None\n",
        tests=(
            "tests/integration/test_slack_http.py::test_a_tap_that_could_not_be_stored_is_not_acknowledged",
        ),
    ),
    Mutant(
        name="ack before commit: 202 before the events are stored",
        file="bot/intake/post_events.py",
        before="        fates = await self._accept(events) if events else ()\n",
        after="        import asyncio\n\n        asyncio.get_running_loop().create_task(self._accept(events))\n        fates = [Acceptance.NEW] * len(events)\n",
        tests=("tests/integration/test_intake_routes.py::test_a_busy_store_asks_to_come_again",),
    ),
    Mutant(
        name="library retries on: slack_sdk sends a lost request again",
        file="bot/slack/messenger.py",
        before="        token=token, base_url=base_url, session=session, retry_handlers=[], logger=logger()\n",
        after="        token=token, base_url=base_url, session=session, logger=logger()\n",
        tests=(
            "tests/faults/test_network_rows.py::test_n03_an_answer_that_is_dropped_leaves_one_post",
        ),
    ),
    Mutant(
        name="polling lock not taken: two workers call getUpdates",
        file="bot/telegram/channel.py",
        before='            await self._alone(f"getUpdates:{self._account}", self._poll, self._stand_by)\n',
        after="            await self._poll()\n",
        tests=(
            "tests/faults/test_worker_rows.py::test_of_two_workers_one_polls_and_the_other_takes_over",
        ),
    ),
    Mutant(
        name="what may have arrived falls back to another chat",
        file="surveys/service/retracting.py",
        before="    return all(attempt.kind in _PROVEN for attempt in tx.deliveries.attempts(delivery.id))\n",
        after="    return True\n",
        tests=("tests/unit/test_reaching.py::test_a_question_lost_once_stays_where_it_is",),
    ),
    Mutant(
        name="asks that have begun on both sides of a join hold each other up",
        file="surveys/service/joining.py",
        before="    _begin_anew(tx, ctx, (kept, given))\n",
        after="",
        tests=(
            "tests/unit/test_joining.py::test_of_two_asks_in_the_outbox_one_goes_out_after_a_join",
        ),
    ),
    Mutant(
        name="a join leaves the newest answers as they were",
        file="surveys/service/recording.py",
        before="        [change for key, older in before.items() for change in _found(tx, key, older)]\n",
        after="        []\n",
        tests=("tests/property/test_joinings.py",),
    ),
)
