"""Our own record of the runs that OpenClaw was given."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords

READ_ALL = """
import sys
from pathlib import Path
from claw_discord_coord.openclaw.run_records import RunRecords
print(*(ascii(record.title) for record in RunRecords(Path(sys.argv[1])).all()))
"""


def test_records_are_read_whatever_the_machines_own_encoding_is(tmp_path: Path) -> None:
    record = RunRecord(
        run_id="r-1",
        task_id="t-1",
        session="agent:research:main",
        agent_id="research",
        title="Überblick über 海",
        deadline_at=datetime.now(UTC),
        timeout_s=60,
        turns=("r-1",),
        messages=(),
    )
    RunRecords(tmp_path).put(record)
    ascii_only = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    read = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path)], env=ascii_only, capture_output=True, text=True, timeout=60
    )
    assert read.stdout.strip() == ascii(record.title), read.stderr
