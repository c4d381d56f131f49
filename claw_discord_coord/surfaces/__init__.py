"""How the skills are reached: MCP, HTTP, the command line. No logic."""
