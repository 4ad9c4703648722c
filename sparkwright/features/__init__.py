"""From rows to the input of a model: windows, lags, scaling, states."""
