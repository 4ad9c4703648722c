"""Size limits of a request: the service refuses larger ones before processing, and a launcher never sends them.

Standard library only: the launcher reads it.
"""

from typing import Final

MAX_BODY_BYTES: Final = 1024**2
MAX_NAME_LENGTH: Final = 1024
"""Characters in the name of an application, a user or a queue."""
MAX_PROPERTIES: Final = 1000
MAX_PROPERTY_NAME_LENGTH: Final = 512
MAX_PROPERTY_VALUE_LENGTH: Final = 65_536
MAX_PROPERTIES_LENGTH: Final = 262_144
"""Characters in names and values of all properties: scanning for secrets takes about 10 us per character."""
