"""What the next run needs: the network and the one inference path."""
