"""How often may be asked, and where that is counted."""
