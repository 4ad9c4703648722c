"""What asks the service before Spark starts: ``sparkwright submit``, ``recommend`` and ``diagnose``.

Everything on the way of ``submit`` is the standard library: a launcher that takes a second to start is not used.
"""
