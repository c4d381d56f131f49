"""The skills an assistant may ask for, one file each; every surface offers exactly these."""

from claw_discord_coord.skills import control_task, handoff, message_agent, registry_status, route_output, spawn_agent
from claw_discord_coord.skills.skill import Skill

SKILLS: dict[str, Skill] = {
    module.SKILL.name: module.SKILL
    for module in (spawn_agent, handoff, route_output, registry_status, message_agent, control_task)
}
"""All skills by name."""

__all__ = ["SKILLS", "Skill"]
