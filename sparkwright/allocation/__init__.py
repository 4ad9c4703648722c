"""From a forecast to the properties to submit with."""
