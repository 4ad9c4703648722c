"""The forecaster: split, data module, Lightning module, boosters, calibration, registration."""
