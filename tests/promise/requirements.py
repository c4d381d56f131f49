"""The promise of the README as required behaviors, each with its source.

The promise: no task lost, no message or run doubled, no stranger obeyed, no secret shown, and all of it visible.

Sources: **README**, **SECURITY** and **PAGES** (the pages beside the code) are what users are told. **DISCORD**,
**OPENCLAW** and **GITHUB** are the documentation of the counterpart that makes the behavior necessary. **MEASURED** is
behavior of a counterpart that its documentation does not name.

A test names the behaviors it proves with `@pytest.mark.proves("id")`. `test_promise.py` holds both lists against
each other.
"""

REQUIRED: dict[str, tuple[str, str]] = {
    # -- no task lost -----------------------------------------------------------------------------------------------
    "lost.kill-coordinator": (
        "a coordinator that is killed at any step continues every task at the next start",
        "README, The promise: continues after `kill -9`; before and after every step; No task lost",
    ),
    "lost.kill-supervisor": (
        "a run whose supervisor is killed counts as lost and leaves no process",
        "README, The promise: A machine that dies loses its runs",
    ),
    "lost.run-again": (
        "a lost run is run again, up to limits.runs_per_task times",
        "README, The promise: runs them again, up to `limits.runs_per_task` times",
    ),
    "lost.run-outlives": (
        "a run goes on while the coordinator is dead, and its result is taken up",
        "README, The promise: a supervisor process that outlives the coordinator",
    ),
    "lost.shutdown": ("a shutdown ends the runs, and the next start runs the tasks again", "PAGES cli, up"),
    "lost.queue": ("every waiting task gets its turn, oldest first", "PAGES config, Agents: concurrency"),
    "lost.result": (
        "a result that was stored stays, also when a stop comes too late",
        "README: continues from its last finished step",
    ),
    "lost.output": (
        "what a program prints is kept whole, or the run fails with the reason",
        "PAGES config, A program as agent",
    ),
    "lost.request-id": (
        "other work that comes with a used request id is refused, not taken for the first call",
        "PAGES surfaces: X-Request-Id",
    ),
    "lost.error-between-steps": (
        "a workflow that an unforeseen error ends runs again after a pause, and at the next start",
        "PAGES architecture: an unexpected error",
    ),
    "lost.database-away": (
        "a registry that is away for a moment changes no task's outcome",
        "PAGES architecture: a step is repeated while its counterpart is away",
    ),
    "lost.reopened": ("what the registry has stored is there at the next start", "README, The promise: is the truth"),
    "lost.foreign-file": ("a file that is no registry is refused and left as it is", "PAGES config, registry"),
    "lost.database-whole": ("a transaction happens whole or not at all", "PAGES architecture: registry"),
    "lost.migration": (
        "a registry of an earlier version is migrated whole, and one of a newer version is left alone",
        "PAGES architecture: registry",
    ),
    "lost.earlier-version": (
        "work that an earlier version left unfinished is finished after an upgrade, and nothing of it is done twice",
        "PAGES architecture: registry",
    ),
    "lost.state-moved": ("the state of an earlier version is moved with its stored paths", "SECURITY, state folder"),
    "lost.discord-away": (
        "what happened while Discord was away is on Discord when Discord is back",
        "DISCORD, Gateway",
    ),
    "lost.discord-limits": ("a burst beyond Discord's rates arrives whole and in order", "DISCORD, Rate Limits"),
    "lost.discord-deleted": (
        "a deleted card, thread or channel comes anew, and the task goes on",
        "README: every task is a thread",
    ),
    "lost.refused": (
        "a refusal of Discord ends no task, and what it kept from being shown is listed",
        "PAGES config, Limits, operators, server, registry: No refusal of Discord ends a task",
    ),
    "lost.words": (
        "what operators write while the coordinator is away is taken up in order",
        "README: watch, correct, approve and stop",
    ),
    "lost.click": (
        "a click counts when its acknowledgment gets lost or its button is older than this start",
        "README: Operators press",
    ),
    "lost.same-words": (
        "the same words from a person are not taken for a message of the coordinator",
        "README, The promise: looked up before it is sent again",
    ),
    "lost.progress": (
        "progress goes on in the same message after a restart",
        "README: watch, correct, approve and stop",
    ),
    "lost.long-text": ("a text of any length arrives to its last line", "DISCORD, Create Message: 2000 characters"),
    "lost.delivery-retry": ("a failed delivery is repeated with growing pauses", "PAGES config, Destinations"),
    "lost.delivery-resend": (
        "a delivery that used up its attempts is shown, and a person can send it again",
        "PAGES config, Destinations: Send again",
    ),
    "lost.delivery-alone": ("a destination that breaks holds up no other destination", "README: every result arrives"),
    "lost.delivery-unclear": (
        "a delivery with an unclear outcome counts neither as arrived nor as refused",
        "PAGES destinations, Rules for every destination",
    ),
    "lost.delivery-kept": ("an output that no destination takes stays with its task", "README: Every result arrives"),
    "lost.delivery-files": (
        "a file of an output is sent, or named as not sent",
        "PAGES destinations, Rules for every destination",
    ),
    "lost.skill-yaml": ("an invalid change of skill.yaml leaves the earlier settings in force", "PAGES config"),
    "lost.runtime-gone": ("a run whose runtime is no longer installed ends with a sentence", "PAGES runtimes"),
    "lost.handoff": ("a handoff that nobody takes up ends with its task or at its deadline", "PAGES architecture"),
    "lost.announcement": (
        "the session that asked hears of the end, also when it was away or its turn failed",
        "OPENCLAW, agent runs",
    ),
    "lost.gateway-crash": ("a run in OpenClaw that a crash of the Gateway breaks off is taken up again", "MEASURED"),
    # -- nothing waits without need ---------------------------------------------------------------------------------
    "waiting.rows": (
        "a waiting task or delivery is a row: it costs nothing until something is due, and is then taken up at once",
        "README, The promise: A task is a row in the registry",
    ),
    "waiting.discord": (
        "work begins, goes on and ends while Discord is away or slow; what was overtaken is never sent",
        "README, The promise: Work never waits for Discord",
    ),
    # -- nothing doubled --------------------------------------------------------------------------------------------
    "doubled.call": ("a call that is repeated with its request id is one task", "PAGES surfaces: X-Request-Id"),
    "doubled.key": ("calls with the same key join one task, unless that task failed", "PAGES cli, spawn-agent"),
    "doubled.same-words": (
        "the same work that a model asks for twice, or the same handoff, is one task while the first is open",
        "README: repeats nothing",
    ),
    "doubled.at-once": ("the same work that is asked for at once is one task", "README: repeats nothing"),
    "doubled.handoff": ("a handoff that arrives twice is one handoff", "README: repeats nothing"),
    "doubled.children": (
        "a run that is run again finds the children that the lost run started",
        "README, The promise: recognizes the calls that a first run had made",
    ),
    "doubled.run": ("a run is started once, whatever dies in between", "README: repeats nothing"),
    "doubled.supervisor": (
        "a second supervisor does not start a run, also when the first one died early",
        "README, The promise: A second supervisor for the same run cannot start",
    ),
    "doubled.end": ("of two ends at once one is the end", "README, The promise: one guarded update"),
    "doubled.step": (
        "a step that a crash repeats has its effect once",
        "README: A crash loses nothing and repeats nothing",
    ),
    "doubled.fence": (
        "an execution with an older fence changes nothing",
        "README, The promise: names the execution's fence",
    ),
    "doubled.coordinator": ("one coordinator at a time uses a registry", "PAGES architecture"),
    "doubled.concurrency": ("an agent never works on more tasks than its concurrency allows", "PAGES config, Agents"),
    "doubled.card": ("a task has one card and one thread, whatever dies in between", "README: every task is a thread"),
    "doubled.channel": (
        "a channel or category is created once, also when Discord's response is lost",
        "DISCORD, Create Guild Channel: no nonce",
    ),
    "doubled.post": (
        "a post in a forum or a named thread is there once, whatever dies in between",
        "DISCORD, Start Thread in Forum: no nonce",
    ),
    "doubled.replaceable": (
        "a later text takes the place of the earlier text, also over a kill",
        "PAGES config, Destinations: replace",
    ),
    "doubled.message": (
        "a message to Discord is there once, also when Discord's response is lost",
        "README, The promise: has a key that is stored before the write is sent",
    ),
    "doubled.message-part": (
        "a long message whose later part failed repeats no part that arrived",
        "README, The promise: looked up before it is sent again",
    ),
    "doubled.word": ("what an operator writes reaches the agent once", "README: watch, correct, approve and stop"),
    "doubled.word-reconnect": (
        "a word that was handled is not handled again after a reconnect",
        "DISCORD, Gateway: events may arrive several times",
    ),
    "doubled.decision": (
        "of several decisions at once one counts, and the others learn whose",
        "README: watch, correct, approve and stop",
    ),
    "doubled.decision-call": ("a decision that is sent again is the same decision", "README: repeats nothing"),
    "doubled.delivery": ("the same result goes to the same destination once", "README: once, with a receipt"),
    "doubled.delivery-restart": (
        "a delivery that was under way has one workflow after a restart",
        "README: A crash loses nothing and repeats nothing",
    ),
    "doubled.delivery-part": (
        "a delivery that arrived in part is not sent again by itself",
        "PAGES config, Destinations: repeated delivery",
    ),
    "doubled.delivery-repeat": (
        "a repeated delivery shows once where the kind promises that",
        "PAGES config, Destinations: repeated delivery",
    ),
    "doubled.delivery-order": ("a late output replaces no newer output", "PAGES config, Destinations: replace"),
    "doubled.announcement": ("an announcement is made once, also over restarts of either side", "OPENCLAW, agent runs"),
    "doubled.alert": ("a limit that is reached again and again is one alert", "PAGES config, Routes: alert"),
    "doubled.usage": ("usage and cost are counted once for every run, however the run ends", "PAGES glossary: run"),
    "doubled.demo": ("a demo that is killed again and again tells its story once", "README, Try it"),
    # -- no stranger obeyed -----------------------------------------------------------------------------------------
    "obeyed.click": ("a click counts only when an operator clicks", "SECURITY: a stranger on Discord commands"),
    "obeyed.word": ("a word counts only when an operator writes", "SECURITY: a stranger on Discord commands"),
    "obeyed.doubt": (
        "a text that could be a command or a sentence decides nothing, and is asked about",
        "PAGES config, Limits, operators, server, registry: nothing is decided",
    ),
    "obeyed.reaction": (
        "a reaction counts only when an operator adds it to a card, a result or a request, and once",
        "PAGES config, Limits, operators, server, registry: A reaction of an operator",
    ),
    "obeyed.bots": (
        "no bot and no webhook commands, whatever role it has",
        "SECURITY: buttons and words count only for the users and roles",
    ),
    "obeyed.elsewhere": ("words outside of the threads of tasks command nothing", "README: or write"),
    "obeyed.unknown-action": ("an unknown button or word is never taken for another action", "README: Operators press"),
    "obeyed.operators-now": (
        "who is an operator is read from skill.yaml and Discord's roles at every click and word",
        "SECURITY: checked at every click and message",
    ),
    "obeyed.chat": (
        "in an OpenClaw chat only owners and operators decide; a guest reaches only what that chat asked for",
        "SECURITY: a stranger in an OpenClaw chat commands",
    ),
    "obeyed.chat-number": (
        "an operator's number counts only for messages that were written on Discord",
        "SECURITY: OpenClaw says who is speaking",
    ),
    "obeyed.token": ("a call without a valid token, or from a web page, is refused", "SECURITY: a web page calls"),
    "obeyed.agent-token": (
        "an agent acts for its own task only, and sees only its own tree",
        "SECURITY: an agent acts for another task",
    ),
    "obeyed.agent-process": (
        "a call from a process of a run counts as the agent's, whatever token it shows",
        "SECURITY: an agent at work calls as a person",
    ),
    "obeyed.openclaw-exec": (
        "a call by a program that OpenClaw started counts as a guest's, whatever token and name it shows",
        "SECURITY: the call counts as a guest's",
    ),
    "obeyed.agent-wall": (
        "an agent behind a wall sees its folder and the declared paths only",
        "PAGES config, A wall around an agent",
    ),
    "obeyed.limits": ("limits hold for a whole tree, also when it grows at once", "SECURITY: endless work"),
    "obeyed.stop": ("a stop ends the run, all its processes, and everything below the task", "README: stop"),
    "obeyed.stop-below": (
        "nothing starts below a task that was told to stop",
        "SECURITY: an agent starts endless work",
    ),
    "obeyed.review": ("a result for review goes nowhere before an operator approves it", "README: approve"),
    "obeyed.approval": ("a held delivery is sent only after an operator approves it", "PAGES config: approval"),
    "obeyed.text": (
        "a task's text reaches no shell, path or template",
        "README, The promise: Text from agents and people is untrusted",
    ),
    "obeyed.template": (
        "a template of skill.yaml reaches nothing outside and ends in time",
        "SECURITY: a template in `skill.yaml` runs wild",
    ),
    "obeyed.markup": (
        "a site generator shows the commands in a text and does not run them",
        "PAGES config, Destinations: blog",
    ),
    "obeyed.agent-brief": (
        "an agent of OpenClaw gets its task as data, never as a command",
        "OPENCLAW, slash commands",
    ),
    "obeyed.mark": (
        "a delivery's mark that somebody else copied is not taken for the coordinator's",
        "GITHUB, issue comments",
    ),
    "obeyed.review-others": (
        "what a task under review and the tasks below it send waits for the same decision",
        "PAGES config: review_holds",
    ),
    "obeyed.agent-destinations": (
        "an agent names only the destinations that skill.yaml lets it name",
        "README: name destinations",
    ),
    "obeyed.files": ("only files inside an agent's own folder are taken", "SECURITY: a file name leaves its folder"),
    # -- no secret shown --------------------------------------------------------------------------------------------
    "secret.result": ("secrets in results are masked before they leave", "SECURITY: a secret in a result"),
    "secret.errors": ("no error and no log line shows a secret of the settings", "SECURITY"),
    "secret.environment": ("programs get none of the coordinator's secrets", "PAGES config, A program as agent"),
    "secret.order": (
        "a run's order and token are readable by their owner alone",
        "SECURITY: each run has its own token",
    ),
    "secret.settings": (
        "settings never show their secrets, and a secret written out in skill.yaml is refused",
        "PAGES config, secrets",
    ),
    "secret.receipt": (
        "no receipt and no log line of a success shows a secret",
        "PAGES destinations, Rules for every destination",
    ),
    "secret.preview": ("no address in a text is fetched for a preview", "DISCORD, Message Flags: SUPPRESS_EMBEDS"),
    "secret.private-ways": (
        "every way out of the machine shows that a private task exists, and nothing that says what it is about",
        "PAGES config: Private tasks",
    ),
    "secret.private": (
        "a private task never reaches Discord or another outside destination",
        "PAGES cli, spawn-agent: --private",
    ),
    "secret.state": ("only this user reads the state folder, and no workspace contains it", "SECURITY: keys travel"),
    "obeyed.data": (
        "no text that a model reads can pass for an instruction, also when it imitates the closing mark",
        "SECURITY: a text that poses as an instruction to a model",
    ),
    "secret.pings": (
        "no text of an agent or a person pings anybody",
        "README, The promise: Mentions, hidden characters and known secrets are removed",
    ),
    "secret.hidden": (
        "no text hides a part of itself or turns its reading direction",
        "SECURITY: text that pings, hides or deceives",
    ),
    # -- all of it visible ------------------------------------------------------------------------------------------
    "shown.record": ("a task's history has every step once, in order", "README: with a receipt"),
    "shown.board": ("the board shows what runs, waits and needs a person", "README: the board"),
    "shown.reason": ("what fails says why and what to do", "README: watch"),
    "shown.waiting": (
        "a task that Discord cannot show for a while says so",
        "README: watch, correct, approve and stop",
    ),
    "shown.usage": ("a task shows what its runs have used", "PAGES glossary: run"),
    "shown.dry-run": ("a dry run shows where an output would go and sends nothing", "PAGES cli, route-output"),
    "shown.not-announced": ("what could not be announced is recorded with the reason", "OPENCLAW, agent runs"),
    "shown.receipt": ("every delivery ends with a receipt, or as failed with the reason", "README: with a receipt"),
}
