"""Runs of programs, each under a supervisor that outlives the coordinator."""

# Free of imports: the supervisor loads this package before every run.
