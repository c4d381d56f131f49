"""The settings in skill.yaml: models, reading, checking."""

# Free of imports: every command looks for skill.yaml with `locate`, and most need no setting.
