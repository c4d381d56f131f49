"""The promise of the README as required behaviours, each with its source.

The promise: no task lost, no message or run doubled, no stranger obeyed, no secret shown, and all of it visible.

Sources: **README**, **SECURITY** and **PAGES** (the pages beside the code) are what users are told. **DISCORD**,
**OPENCLAW**, **DBOS** and **GITHUB** are the documentation of the counterpart that makes the behaviour necessary.
**MEASURED** is behaviour of a counterpart that its documentation does not name.

A test names the behaviours it proves with `@pytest.mark.proves("id")`. `test_promise.py` holds both lists against
each other.
"""

REQUIRED: dict[str, tuple[str, str]] = {
    # -- no task lost -----------------------------------------------------------------------------------------------
    "lost.kill-coordinator": (
        "a coordinator that is killed at any step continues every task at the next start",
        "README, Try it: every task continues from its last finished step",
    ),
    "lost.kill-supervisor": (
        "a run whose supervisor is killed counts as lost and leaves no process",
        "README: a crash loses nothing",
    ),
    "lost.run-again": ("a lost run is run again, up to limits.runs_per_task times", "PAGES config, Limits"),
    "lost.run-outlives": (
        "a run goes on while the coordinator is dead, and its result is taken up",
        "README: a crash loses nothing",
    ),
    "lost.shutdown": ("a shutdown ends the runs, and the next start runs the tasks again", "PAGES cli, up"),
    "lost.queue": ("every waiting task gets its turn, oldest first", "PAGES config, Agents: concurrency"),
    "lost.database-away": (
        "a registry that is away for a moment changes no task's outcome",
        "PAGES architecture: a step is repeated until its result is stored",
    ),
    "lost.database-whole": ("a transaction happens whole or not at all", "DBOS, durable execution"),
    "lost.migration": (
        "a registry of an earlier version is migrated whole, and one of a newer version is left alone",
        "PAGES architecture: registry",
    ),
    "lost.old-journal": ("a workflow that an earlier version began ends after an upgrade", "DBOS, application version"),
    "lost.state-moved": ("the state of an earlier version is moved with its stored paths", "SECURITY, state folder"),
    "lost.discord-away": ("while Discord is away tasks wait, and continue when Discord is back", "DISCORD, Gateway"),
    "lost.discord-limits": ("a burst beyond Discord's rates arrives whole and in order", "DISCORD, Rate Limits"),
    "lost.discord-deleted": (
        "a deleted card, thread or channel comes anew, and the task goes on",
        "README: every task is a thread",
    ),
    "lost.words": (
        "what operators write while the coordinator is away is taken up in order",
        "README: watch, correct, approve and stop",
    ),
    "lost.long-text": ("a text of any length arrives to its last line", "DISCORD, Create Message: 2000 characters"),
    "lost.delivery-retry": ("a failed delivery is repeated with growing pauses", "PAGES config, Destinations"),
    "lost.delivery-resend": (
        "a delivery that used up its attempts is shown, and a person can send it again",
        "PAGES config, Destinations: Send again",
    ),
    "lost.delivery-alone": ("a destination that breaks holds up no other destination", "README: every result arrives"),
    "lost.skill-yaml": ("an invalid change of skill.yaml leaves the earlier settings in force", "PAGES config"),
    "lost.runtime-gone": ("a run whose runtime is no longer installed ends with a sentence", "PAGES runtimes"),
    "lost.handoff": ("a handoff that nobody takes up ends with its task or at its deadline", "PAGES architecture"),
    "lost.announcement": (
        "the session that asked hears of the end, also when it was away or its turn failed",
        "OPENCLAW, agent runs",
    ),
    "lost.gateway-crash": ("a run in OpenClaw that a crash of the Gateway breaks off is taken up again", "MEASURED"),
    # -- nothing doubled --------------------------------------------------------------------------------------------
    "doubled.call": ("a call that is repeated with its request id is one task", "PAGES surfaces: X-Request-Id"),
    "doubled.key": ("calls with the same key join one task, unless that task failed", "PAGES cli, spawn-agent"),
    "doubled.at-once": ("the same work that is asked for at once is one task", "README: repeats nothing"),
    "doubled.handoff": ("a handoff that arrives twice is one handoff", "README: repeats nothing"),
    "doubled.children": (
        "a run that is run again finds the children that the lost run started",
        "README: A crash loses nothing and repeats nothing",
    ),
    "doubled.run": ("a run is started once, whatever dies in between", "README: repeats nothing"),
    "doubled.step": ("a step whose result is stored is not run again", "DBOS, steps"),
    "doubled.fence": ("an execution with an older fence changes nothing", "PAGES architecture: fence"),
    "doubled.coordinator": ("one coordinator at a time uses a registry", "PAGES architecture"),
    "doubled.concurrency": ("an agent never works on more tasks than its concurrency allows", "PAGES config, Agents"),
    "doubled.card": ("a task has one card and one thread, whatever dies in between", "README: every task is a thread"),
    "doubled.message": ("a message to Discord is there once, also when Discord's response is lost", "DISCORD, nonce"),
    "doubled.word": ("what an operator writes reaches the agent once", "README: watch, correct, approve and stop"),
    "doubled.decision": (
        "of several decisions at once one counts, and the others learn whose",
        "README: watch, correct, approve and stop",
    ),
    "doubled.decision-call": ("a decision that is sent again is the same decision", "README: repeats nothing"),
    "doubled.delivery": ("the same result goes to the same destination once", "README: once, with a receipt"),
    "doubled.delivery-repeat": (
        "a repeated delivery shows once where the kind promises that",
        "PAGES config, Destinations: repeated delivery",
    ),
    "doubled.delivery-order": ("a late output replaces no newer output", "PAGES config, Destinations: replace"),
    "doubled.announcement": ("an announcement is made once, also over restarts of either side", "OPENCLAW, agent runs"),
    "doubled.usage": ("usage and cost are counted once for every run, however the run ends", "PAGES glossary: run"),
    "doubled.demo": ("a demo that is killed again and again tells its story once", "README, Try it"),
    # -- no stranger obeyed -----------------------------------------------------------------------------------------
    "obeyed.click": ("a click counts only when an operator clicks", "SECURITY: a stranger on Discord commands"),
    "obeyed.word": ("a word counts only when an operator writes", "SECURITY: a stranger on Discord commands"),
    "obeyed.operators-now": (
        "who is an operator is read from skill.yaml and Discord's roles at every click and word",
        "SECURITY: checked at every click and message",
    ),
    "obeyed.chat": (
        "in an OpenClaw chat only owners and operators decide; a guest reaches only what that chat asked for",
        "SECURITY: a stranger in an OpenClaw chat commands",
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
    "obeyed.agent-wall": (
        "an agent behind a wall sees its folder and the declared paths only",
        "PAGES config, A wall around an agent",
    ),
    "obeyed.limits": ("limits hold for a whole tree, also when it grows at once", "SECURITY: endless work"),
    "obeyed.stop": ("a stop ends the run, all its processes, and everything below the task", "README: stop"),
    "obeyed.review": ("a result for review goes nowhere before an operator approves it", "README: approve"),
    "obeyed.approval": ("a held delivery is sent only after an operator approves it", "PAGES config: approval"),
    "obeyed.text": ("a task's text reaches no shell, path or template", "SECURITY"),
    "obeyed.files": ("only files inside an agent's own folder are taken", "SECURITY: a file name leaves its folder"),
    # -- no secret shown --------------------------------------------------------------------------------------------
    "secret.result": ("secrets in results are masked before they leave", "SECURITY: a secret in a result"),
    "secret.errors": ("no error and no log line shows a secret of the settings", "SECURITY"),
    "secret.environment": ("programs get none of the coordinator's secrets", "PAGES config, A program as agent"),
    "secret.private": (
        "a private task never reaches Discord or another outside destination",
        "PAGES cli, spawn-agent: --private",
    ),
    "secret.state": ("only this user reads the state folder, and no workspace contains it", "SECURITY: keys travel"),
    "secret.pings": ("no text of an agent pings, hides or deceives", "SECURITY: text that pings"),
    # -- all of it visible ------------------------------------------------------------------------------------------
    "shown.record": ("a task's history has every step once, in order", "README: with a receipt"),
    "shown.board": ("the board shows what runs, waits and needs a person", "README: the board"),
    "shown.reason": ("what fails says why and what to do", "README: watch"),
    "shown.receipt": ("every delivery ends with a receipt, or as failed with the reason", "README: with a receipt"),
}
