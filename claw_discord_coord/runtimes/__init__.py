"""The places where agents do their work; README.md says how to write a runtime."""

# Free of imports: the supervisor of the command runtime loads this package before every run.
