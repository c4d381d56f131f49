"""The command line: one command per skill, and the commands that run the coordinator."""
