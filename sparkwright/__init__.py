"""What two stages share: history, features, forecast, allocation, diagnosis, feedback, launcher. Light to import."""

__version__ = "0.2.0"
