"""Who may ask the service what: API keys with scopes, the teams behind them, and the log of who asked."""
