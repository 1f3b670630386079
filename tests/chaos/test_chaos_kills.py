"""Workers, engines and the API server are killed at random moments, again and again.

The moments come from `CHAOS_SEED`, which is new for every run and printed with the table.
"""

import random
import time

import process_tree
from installation import SEED

VICTIMS = ("worker", "worker", "worker", "worker", "engine", "engine", "engine", *["server"] * 3)
"""Ten kills on each database."""


def test_jobs_survive_kills_at_random_moments(place, verdict):
    chance = random.Random(SEED)
    for victim in chance.sample(VICTIMS, len(VICTIMS)):
        for _ in range(2):
            place.create(f"A ship in a storm, slow={chance.uniform(0.2, 0.8):.2f}")
        time.sleep(chance.uniform(0, 1))
        worker = chance.choice(place.workers)
        if victim == "server":
            place.server.kill()
            place.server.start()
        elif victim == "engine" and worker.running and (engine := worker.engine()):
            process_tree.kill(engine)
        else:
            # Half of the killed come back at once; of the others, their jobs go to who is left.
            for dead in [other for other in place.workers if not other.running]:
                dead.start()
            worker.kill()
            if chance.random() < 0.5:
                worker.start()
    over = time.time()
    for worker in place.workers:
        if not worker.running:
            worker.start()
    counted = verdict(
        f"{len(VICTIMS)} kills at random moments",
        since=over,
        may_fail=["engine_crashed"],
        note=f"CHAOS_SEED={SEED}",
    )

    assert counted.jobs == 2 * len(VICTIMS)
    # A job fails only if it was hit three times.
    crashes = [row["crashes"] for row in place.ask("SELECT * FROM videos WHERE status = 'failed'")]
    assert crashes == [3] * counted.failed
