"""Train the forecaster and the troubleshooter."""
