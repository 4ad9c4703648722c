"""What the lake holds, listed: applications, workloads, decisions, quarantine."""
