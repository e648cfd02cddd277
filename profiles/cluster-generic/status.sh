#!/usr/bin/env bash
# Prints what became of a job of Slurm, given its id: running, success or failed. It asks the controller, which
# remembers jobs for some minutes (MinJobAge), and needs no accounting.
answer=$(scontrol show job --oneliner "$1" 2>&1)
state=$(sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p' <<<"$answer")
case "$state" in
  COMPLETED) echo success ;;
  BOOT_FAIL | CANCELLED | DEADLINE | FAILED | NODE_FAIL | OUT_OF_MEMORY | PREEMPTED | TIMEOUT) echo failed ;;
  # A controller that does not answer says nothing of the job; one that does not know it has forgotten it.
  *) grep -q "Invalid job id" <<<"$answer" && echo failed || echo running ;;
esac
