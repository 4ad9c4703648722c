"""The forecaster: data module, Lightning module, training."""
