"""The BentoML services and what runs beside them."""
