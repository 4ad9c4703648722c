"""How much one request may hold: the service refuses more before it works on it, and a launcher sends no more.

Standard library only: the launcher reads it.
"""

from typing import Final

MAX_BODY_BYTES: Final = 1024**2
MAX_NAME_LENGTH: Final = 1024
"""Of an application, a user or a queue, in characters."""
MAX_PROPERTIES: Final = 1000
MAX_PROPERTY_NAME_LENGTH: Final = 512
MAX_PROPERTY_VALUE_LENGTH: Final = 65_536
MAX_PROPERTIES_LENGTH: Final = 262_144
"""Names and values of all properties together: looking for secrets takes some 10 us a character."""
