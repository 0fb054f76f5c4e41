"""How fast the model is: one command, `python -m benchmarks`, see docs/speed.md.

Everything runs in one thread, so that the environment says so before numpy is loaded.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[_name] = "1"
