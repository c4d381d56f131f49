"""What a body may contain; faults come back as 50035 with Discord's nested `errors`."""
