"""The ways to call skills: HTTP, MCP, and the client for both. No logic."""
