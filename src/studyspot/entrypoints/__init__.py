"""What people start: the command line and the processes behind it."""
