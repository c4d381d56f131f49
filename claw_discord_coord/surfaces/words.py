"""Answers and news as lines for a person at a terminal."""

from __future__ import annotations

from typing import Any

_DONE = {"cancel": "canceled", "approve": "approved", "reject": "rejected", "resend": "sent again"}
"""What has been done with what, by the action of `control_task`."""


def answer(skill: str, said: dict[str, Any]) -> str:
    """A skill's answer in a few lines."""
    if skill == "spawn_agent":
        return _spawned(said)
    if skill == "handoff":
        verb = "was already handed off" if said["joined"] else "handed off"
        return f"{said['handoff_id']}: {verb} to {said['agent']} as task {said['task_id']} ({said['state']})"
    if skill == "route_output":
        return _routed(said)
    if skill == "registry_status":
        return _one(said) if said["task"] else _many(said)
    if skill == "message_agent":
        return f"{said['task_id']}: told (run {said['run_id']})"
    return f"{_DONE[said['action']]}: {', '.join(said['affected'])}"


def news(line: dict[str, str]) -> str:
    """A piece of news about a task."""
    if (line["type"], line["text"]) == ("state", "input-required"):
        how = _how_to_judge("task", line["task_id"])
        return f"  waits for approval: {how}, or press Approve in the thread"
    words = {"placed": "  watch it at {}", "state": "  now {}", "progress": "  · {}"}
    return words.get(line["type"], "  {}").format(line["text"])


def ending(task: dict[str, Any]) -> str:
    """How a task ended, and its result."""
    took = "" if task["duration_s"] is None else f" after {task['duration_s']:.1f} s"
    head = f"{task['task_id']} {task['state']}{took}" + (f": {task['reason']}" if task["reason"] else "")
    return f"{head}\n\n{_result(task)}" if task["result"] else head


def explanation(said: dict[str, Any]) -> str:
    """Say which rules take an output and why, and what would be sent where."""
    from claw_discord_coord.text import front_matter  # loads PyYAML, which most commands do without

    lines = [f"{'→' if rule['taken'] else '·'} {rule['route']}: {rule['why']}" for rule in said["rules"]]
    lines.extend(said["left_out"])
    if not said["planned"]:
        lines.append("Nothing would be sent.")
    for plan in said["planned"]:
        text = front_matter.join(plan["about"], plan["text"])
        body = "".join(f"\n    {line}".rstrip(" ") for line in text.splitlines())
        lines.extend(["", f"{plan['destination']} ({plan['why']})", f"    {plan['problem'] or plan['title'] + body}"])
    return "\n".join(lines)


def table(tasks: list[dict[str, Any]]) -> str:
    """Tasks as a table, one a line."""
    rows = [("TASK", "STATE", "AGENT", "KIND", "SECONDS", "REQUESTS", "TITLE")]
    for task in tasks:
        seconds = "" if task["duration_s"] is None else f"{task['duration_s']:.1f}"
        rows.append(
            (
                task["task_id"],
                task["state"],
                task["agent"],
                task["kind"],
                seconds,
                str(task["discord_requests"]),
                task["title"],
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "\n".join(
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1])) for row in rows
    )


def _spawned(said: dict[str, Any]) -> str:
    lines = [
        f"{said['task_id']} ({said['state']}): {said['title']}",
        f"  {'joined the task that was there' if said['joined'] else 'started'}: {said['agent']}, {said['kind']}, "
        f"chosen because: {said['chosen_because']}",
    ]
    if said["thread_url"]:
        lines.append(f"  #{said['channel']}: {said['thread_url']}")
    return "\n".join(lines)


def _routed(said: dict[str, Any]) -> str:
    if said["rules"] or said["planned"]:
        return explanation(said)
    lines = [f"{delivery['destination']}: {_delivery(delivery)}" for delivery in said["receipts"]]
    return "\n".join(lines) or "No rule takes it; `--dry-run` says why, `--to` names a destination."


def _delivery(delivery: dict[str, Any]) -> str:
    if delivery["state"] == "planned":
        tried = f" ({_attempts(delivery['attempts'])} so far)" if delivery["attempts"] else ""
        return f"not there yet{tried}; tried again by itself, and `registry-status` lists it if it fails"
    if delivery["state"] == "held":
        return f"waits for approval: {_how_to_judge('delivery', delivery['delivery_id'])}"
    receipt = delivery["receipt"]
    where = receipt and (receipt["url"] or receipt["path"] or receipt["id"])
    return delivery["state"] + (f" {where}" if where else "") + _because(delivery)


def _attempts(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"


def _how_to_judge(what: str, name: str) -> str:
    return f"`claw-discord-coord control-task --{what} {name} --action approve` (or reject)"


def _many(said: dict[str, Any]) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in said["counts"].items() if count)
    lines = [table(said["tasks"]), ""] if said["tasks"] else ["No task matches." if counts else "No tasks yet."]
    if counts:
        lines.append(counts)
    for one in said["attention"]:
        lines.append(f"{one['delivery_id']} to {one['destination']}: {one['state']}{_because(one)}")
    return "\n".join(lines)


def _one(said: dict[str, Any]) -> str:
    task = said["task"]
    lines = [
        f"{task['title']}",
        f"  {ending({**task, 'result': None})}",
        f"  {task['agent']}: {task['chosen_because']}",
    ]
    if task["thread_url"]:
        lines.append(f"  #{task['channel']}: {task['thread_url']}")
    lines.extend(f"  {event['at'][11:19]} {event['text']}" for event in said["events"])
    lines.extend(f"  run {run['run_id']}: {run['state']}{_because(run)}{_used(run['usage'])}" for run in said["runs"])
    lines.extend(
        f"  handoff {one['handoff_id']} to {one['to_agent']} ({one['to_task']}): {one['state']}"
        for one in said["handoffs"]
    )
    lines.extend(f"  delivery to {one['destination']}: {one['state']}{_because(one)}" for one in said["deliveries"])
    lines.extend(f"  child {child['task_id']}: {child['state']}, {child['title']}" for child in said["children"])
    if task["result"]:
        lines.extend(["", _result(task)])
    return "\n".join(lines)


def _result(task: dict[str, Any]) -> str:
    from claw_discord_coord.text import front_matter  # most commands show no result, and it brings all settings

    return front_matter.body(task["result"]["text"])


def _used(usage: dict[str, Any] | None) -> str:
    if usage is None:
        return ""
    cost = f", ${usage['cost_usd']:.4f}" if usage["cost_usd"] else ""
    return f", {usage['input_tokens']:,} tokens in, {usage['output_tokens']:,} out{cost}"


def _because(record: dict[str, Any]) -> str:
    return f" ({record['error']})" if record["error"] else ""
