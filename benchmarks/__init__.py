"""StudySpot measured: `make bench`."""
