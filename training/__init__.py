"""Training of the forecaster and the troubleshooter."""
