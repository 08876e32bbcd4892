"""StudySpot: the platform under study libraries."""

__version__ = "0.1.0"
