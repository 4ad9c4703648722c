"""MLflow: experiments, registered models, and the release that names a pair of them."""
