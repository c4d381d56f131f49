"""The command line: the skills as commands, and the commands that run the coordinator itself."""
