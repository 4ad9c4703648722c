"""Check the lake against its contracts: few bad rows are set aside, many stop the pipeline, drift is reported."""
