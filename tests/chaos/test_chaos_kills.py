"""Workers, engines and the API server are killed at random moments.

The moments come from `CHAOS_SEED`, which is new for each run and printed with the table.
"""

import random
import time

import process_tree
from installation import SEED

KILLED = (*["worker"] * 4, *["engine"] * 3, *["server"] * 3)
"""Ten kills on each database."""


def test_jobs_survive_kills_at_random_moments(installation, check_jobs):
    dice = random.Random(SEED)
    for process in dice.sample(KILLED, len(KILLED)):
        for _ in range(2):
            installation.create(f"A ship in a storm, slow={dice.uniform(0.2, 0.8):.2f}")
        time.sleep(dice.uniform(0, 1))
        worker = dice.choice(installation.workers)
        if process == "server":
            installation.server.kill()
            installation.server.start()
        elif process == "engine" and worker.running and (engine := worker.engine()):
            process_tree.kill(engine)
        else:
            # Half of the killed workers restart at once; the jobs of the others move on.
            for stopped in [other for other in installation.workers if not other.running]:
                stopped.start()
            worker.kill()
            if dice.random() < 0.5:
                worker.start()
    since = time.time()
    for worker in installation.workers:
        if not worker.running:
            worker.start()
    counted = check_jobs(
        f"{len(KILLED)} kills at random moments",
        since=since,
        may_fail=["engine_crashed"],
        note=f"CHAOS_SEED={SEED}",
    )

    assert counted.jobs == 2 * len(KILLED)
    # A job fails only if its engine was killed three times.
    failed = installation.query("SELECT crashes FROM videos WHERE status = 'failed'")
    assert [row["crashes"] for row in failed] == [3] * counted.failed
