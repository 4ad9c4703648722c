"""Requests and answers: what is asked and answered over HTTP, on the command line and by the clients."""
