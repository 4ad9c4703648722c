"""Score how plain language is understood: fields and questions against texts whose meaning a person annotated."""
