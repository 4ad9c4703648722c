"""What every connection and request passes before a route sees it: who may come, how much, how long."""
