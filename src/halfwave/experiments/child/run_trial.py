"""Run one job: ``python run_trial.py FOLDER``, with the job in ``FOLDER/job.json``.

It stands in a folder of its own because Python puts the folder of a script first
on ``sys.path``: nothing in it may have the name of a module of somebody else's.
"""

from halfwave.launch.last import reserve_last_place
from halfwave.launch.same_names import find_ours_first

reserve_last_place()  # before all else: what is registered first runs last at the exit
find_ours_first()

import sys  # noqa: E402 - see above
from pathlib import Path  # noqa: E402

from halfwave.experiments.job import Job  # noqa: E402
from halfwave.experiments.trial import Trial  # noqa: E402
from halfwave.launch import module, run, script  # noqa: E402

place = Path(sys.argv[1])
job = Job.from_json((place / "job.json").read_text())
program = (module if job.is_module else script)(job.program, job.arguments)
run(program, Trial(job, place))
