"""What an organisation allows an application to ask for: files, what holds for a request, conflicts, words, export."""
