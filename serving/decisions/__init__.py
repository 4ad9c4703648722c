"""What a recommendation is decided with: history, forecasters, the release, its rollout."""
