"""Files for those who run the platform, made from the floor plan: `python -m deploy` writes them."""
