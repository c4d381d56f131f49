"""Runs in OpenClaw: each run is a turn of a session.

The session's transcript decides how a run ended; events only say when to read the transcript. A turn that the Gateway
broke off is resumed; a turn that ended is never sent again, since OpenClaw would execute the input once more after a
restart. While a session works on another run, the next run's input waits in the run's record and not in OpenClaw's
queue: that queue is lost when OpenClaw restarts, and a queued input works under a run id unknown beforehand.
"""
