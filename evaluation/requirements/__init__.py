"""Is plain language understood: fields and questions against texts whose meaning a person wrote down."""
