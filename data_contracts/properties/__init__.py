"""The ``spark.*`` properties: which there are, what their values look like, which of them join launches to runs."""
