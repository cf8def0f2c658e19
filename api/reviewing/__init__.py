"""The review of proposals in a browser, for the owner of the records alone: an application of its own, on the loopback address."""
