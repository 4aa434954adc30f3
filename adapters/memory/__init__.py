"""A full stand-in for every port, in this process."""
