"""Grade a class on a Dask cluster of this machine: `dask_class.py FOLDER OUT WORKERS`."""

import os
import subprocess
import sys

from distributed import LocalCluster

# Logged on stderr at the end of a cluster, whoever ends it.
os.environ.setdefault("DASK_DISTRIBUTED__LOGGING__DISTRIBUTED", "critical")

if __name__ == "__main__":
    folder, out, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        words = ["-m", "confirmlab", "grade", folder, "--out", out]
        address = cluster.scheduler_address
        subprocess.run([sys.executable, *words, "--dask", address], check=True)
