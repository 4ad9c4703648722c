#!/usr/bin/env bash
# spark-submit with advice. First what would be submitted, and why; then the job itself. With SPARKWRIGHT_OFF=1 in front it
# is spark-submit and nothing else.
set -euo pipefail
job=(--master "${MASTER:-local[2]}" --name orders --executor-memory 2g "${1:?usage: spark_submit.sh JOB.py}")

sparkwright submit --dry-run --workload nightly_orders --input 12g --deadline 2h "${job[@]}"
sparkwright submit --workload nightly_orders --input 12g --deadline 2h "${job[@]}"
