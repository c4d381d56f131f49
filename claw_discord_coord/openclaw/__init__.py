"""OpenClaw: its Gateway's client, the plugin that runs inside it, how both are installed and checked."""
