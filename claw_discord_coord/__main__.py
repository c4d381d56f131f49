"""`python -m claw_discord_coord` is the command line."""

from claw_discord_coord.cli.main import main

if __name__ == "__main__":
    main()
