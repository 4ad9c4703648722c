"""What other launchers are told, as files: their formats as Spark's properties and back. Pure, standard library only.

A format is a module with ``read(text) -> document``, ``slots(document) -> [Slot]`` and ``write(document) -> text``.
"""
