"""Where event logs are and how their bytes are had: files, archives, codecs, the History Server."""
