"""The steps around every request, which `gateway/app.py` puts in order."""
