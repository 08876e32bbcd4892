"""From the path to the room that answers: in this process, or in one of the service's own."""
