"""Who has which seat or locker when: short bookings, repairs, the seat map."""
