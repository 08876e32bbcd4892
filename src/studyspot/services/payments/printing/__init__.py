"""Papers as people hold them: PDF for a page, plain text for a thermal printer."""
