"""OpenClaw: the client of the Gateway, the plugin, installation and checks."""
