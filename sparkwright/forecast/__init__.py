"""Forecasts of what the next run needs: the models and the single inference path."""
