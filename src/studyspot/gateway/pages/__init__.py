"""What a process answers by itself, before any room is asked."""
