"""Whom a text is about: names of queues, teams, users and workloads, and what has to be asked of them."""
