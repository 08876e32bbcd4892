"""What stands in a cell of a spreadsheet, as people write it: tidy text, dates."""
